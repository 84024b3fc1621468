import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Child, type ChildOptions } from './child-process.js';
import { freePort } from './ports.js';

const FUNCTIONS_FRAMEWORK = new URL(
  'main.js',
  import.meta.resolve('@google-cloud/functions-framework'),
);
const FUNCTION_BUNDLE = new URL('../../function/dist/', import.meta.url);
const LOOPBACK_CHILD = new URL('loopback-child.js', import.meta.url);

/** How often a function that is starting is asked whether it listens. */
const PROBE_MS = 25;

/** An entry point of the function's bundle. */
export type FunctionTarget = 'fanOut' | 'iexApi';

/**
 * Starts an entry point of the function's bundle in the functions framework, in a process of its own.
 *
 * @returns the process and the URL that Pub/Sub pushes to, which stays the same when the process is started again
 * @throws {OperationalError} if it does not come up
 */
export async function startFunction(
  target: FunctionTarget,
  options: Omit<ChildOptions, 'args'>,
): Promise<{ child: Child; url: string }> {
  const port = await freePort();
  const child = new Child({
    ...options,
    args: [
      '--import',
      LOOPBACK_CHILD.href,
      fileURLToPath(FUNCTIONS_FRAMEWORK),
      `--source=${fileURLToPath(FUNCTION_BUNDLE)}`,
      `--target=${target}`,
      `--port=${port}`,
      '--signature-type=cloudevent',
    ],
    env: { ...options.env, FUNCTION_TARGET: target },
  });
  const probing = new AbortController();
  try {
    await child.untilReady(untilListening(port, probing.signal));
  } finally {
    probing.abort();
  }
  return { child, url: `http://127.0.0.1:${port}/` };
}

async function untilListening(port: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return;
    } catch {
      await delay(PROBE_MS);
    } finally {
      socket.destroy();
    }
  }
}
