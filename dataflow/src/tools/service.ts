import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { freePort, HAS_GROUPS, killOnExit, lastLines, OperationalError, startError } from 'iex-cli';
import { isListening } from 'iex-cli/is-listening';
import { until } from 'iex-cli/until';

const POLL_MS = 50;

/** How long a service may take to stop before it is killed, in ms. */
const GRACE_MS = 5000;

export interface ServiceOptions {
  /** Its name in messages. */
  name: string;
  command: string;
  /** Returns the arguments with which the service listens on a port. */
  args: (port: number) => readonly string[];
  env?: NodeJS.ProcessEnv;
  /** Receives the service's output. */
  logFile: string;
  /** How long it may take until it listens, in ms. */
  startMs?: number;
}

/** A local process that listens on a free port, and is killed when this process exits. */
export type Service = Awaited<ReturnType<typeof startService>>;

/**
 * Starts a service, and resolves when it listens.
 *
 * @throws {OperationalError} if its command is missing, or it exits or does not listen in time; its
 *   details have the end of its log
 */
export async function startService({
  name,
  command,
  args,
  env,
  logFile,
  startMs = 60_000,
}: ServiceOptions) {
  const port = await freePort();
  const log = openSync(logFile, 'a');
  const child = spawn(command, args(port), {
    stdio: ['ignore', log, log],
    env: { ...process.env, ...env },
    detached: HAS_GROUPS,
  });
  closeSync(log);
  killOnExit(child);
  await once(child, 'spawn').catch((error) => {
    throw startError(command, error);
  });

  /** Stops the process, and resolves when it has exited. */
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const kill = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
    child.kill('SIGTERM');
    await once(child, 'exit');
    clearTimeout(kill);
  };
  const ended = new AbortController();
  child.once('exit', () => ended.abort());
  const isReady = await until(() => isListening(port, 'localhost'), {
    pollMs: POLL_MS,
    timeoutMs: startMs,
    signal: ended.signal,
  });
  if (!isReady) {
    const why = ended.signal.aborted
      ? 'exited during its start'
      : `does not listen after ${startMs / 1000} s`;
    await stop();
    const details = lastLines(readFileSync(logFile, 'utf8'));
    throw new OperationalError(`${name} ${why}`, { details });
  }
  return { port, /** HOST:PORT */ address: `localhost:${port}`, pid: child.pid, stop };
}
