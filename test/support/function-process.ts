import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { freePort } from 'iex-cli';
import { untilTrue } from './until.js';

/** The folder with the bundle that is deployed; `npm test` builds it first. */
export const BUNDLE = fileURLToPath(new URL('../../function/dist', import.meta.url));

const FRAMEWORK = fileURLToPath(
  new URL('../../node_modules/.bin/functions-framework', import.meta.url),
);

/** Makes a child listen on the loopback interface alone, and end when this process ends. */
const LOOPBACK_CHILD = new URL('../../local/dist/loopback-child.js', import.meta.url);

/** One entry of the function's log. */
export type LogEntry = Readonly<Record<string, unknown>>;

/** An entry point in a separate process of the functions framework. */
export interface FunctionProcess {
  /** The entries of its stdout that were JSON. */
  readonly log: readonly LogEntry[];
  /** Its other output, on stdout or stderr. */
  readonly text: readonly string[];
  readonly process: ChildProcess;
  /** Resolves with the exit code. */
  readonly exited: Promise<number | null>;
  /** Delivers a message like a Pub/Sub push subscription, and returns the HTTP status. */
  push(message: PushMessage): Promise<number>;
  /** Sends any body. */
  post(body: string, headers?: Record<string, string>): Promise<number>;
  stop(): Promise<void>;
}

export interface PushMessage {
  readonly json: unknown;
  readonly messageId: string;
  readonly publishTime?: Date;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly traceparent?: string;
}

/**
 * Starts an entry point from the bundle and waits until it serves, or has exited.
 *
 * @param source the folder with the bundle
 */
export async function startFunction(
  target: string,
  env: Readonly<Record<string, string>>,
  { source = BUNDLE, framework = FRAMEWORK } = {},
): Promise<FunctionProcess> {
  const port = await freePort();
  const args = ['--import', LOOPBACK_CHILD.href, framework, '--source', source];
  const child = spawn(process.execPath, args, {
    env: {
      PATH: process.env.PATH ?? '',
      FUNCTION_TARGET: target,
      PORT: String(port),
      GOOGLE_CLOUD_PROJECT: 'test',
      // Without it the Pub/Sub client looks for Google's metadata server, emulator or not.
      METADATA_SERVER_DETECTION: 'none',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  }) as ChildProcessByStdio<null, Readable, Readable>;
  const log: LogEntry[] = [];
  const text: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.startsWith('{')) log.push(JSON.parse(line));
    else text.push(line);
  });
  createInterface({ input: child.stderr }).on('line', (line) => text.push(line));
  const exited = once(child, 'close').then(([code]) => code as number | null);

  const base = `http://127.0.0.1:${port}`;
  await untilTrue(() => child.exitCode !== null || text.some((line) => line.startsWith('URL:')));

  const post = async (body: string, headers: Record<string, string> = {}) => {
    const response = await fetch(`${base}/projects/test/topics/any`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
    await response.arrayBuffer();
    return response.status;
  };
  return {
    log,
    text,
    process: child,
    exited,
    post,
    push: ({ json, messageId, publishTime = new Date(), attributes = {}, traceparent }) =>
      post(
        JSON.stringify({
          message: {
            data: Buffer.from(JSON.stringify(json)).toString('base64'),
            attributes,
            messageId,
            publishTime: publishTime.toISOString(),
          },
          subscription: 'projects/test/subscriptions/any',
        }),
        traceparent === undefined ? {} : { traceparent },
      ),
    async stop() {
      child.kill();
      await exited;
    },
  };
}
