import { type ChildProcess, spawn } from 'node:child_process';
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
export class Service {
  readonly #process: ChildProcess;
  readonly port: number;

  private constructor(process: ChildProcess, port: number) {
    this.#process = process;
    this.port = port;
  }

  /** HOST:PORT */
  get address(): string {
    return `localhost:${this.port}`;
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /**
   * Starts a service, and resolves when it listens.
   *
   * @throws {OperationalError} if its command is missing, or it exits or does not listen in time; its
   *   details have the end of its log
   */
  static async start({
    name,
    command,
    args,
    env,
    logFile,
    startMs = 60_000,
  }: ServiceOptions): Promise<Service> {
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

    const service = new Service(child, port);
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
      await service.stop();
      const details = lastLines(readFileSync(logFile, 'utf8'));
      throw new OperationalError(`${name} ${why}`, { details });
    }
    return service;
  }

  /** Stops the process, and resolves when it has exited. */
  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const kill = setTimeout(() => this.#process.kill('SIGKILL'), GRACE_MS);
    this.#process.kill('SIGTERM');
    await once(this.#process, 'exit');
    clearTimeout(kill);
  }
}
