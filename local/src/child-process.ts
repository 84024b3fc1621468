import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { OperationalError } from 'iex-cli/errors';

/** How long to wait before a process that died is started again. */
const RESTART_MS = 500;

export interface ChildOptions {
  /** For messages. */
  name: string;
  /** Arguments of `node`. */
  args: readonly string[];
  /** The whole environment of the process: nothing is inherited. */
  env: NodeJS.ProcessEnv;
  /** The output of the process is appended to it. */
  logFile: string;
  onMessage?: (message: unknown) => void;
  /**
   * Called when the process has ended by itself and is started again; gets the reason, for the user
   * to read.
   */
  onRestart: (reason: string) => void;
}

/**
 * A Node process that, once it was ready, is started again whenever it ends, until it is stopped.
 * It has an IPC channel and must end by itself when that is closed, so that nothing is left if this
 * process is killed.
 */
export class Child {
  readonly #options: ChildOptions;
  #process: ChildProcess;
  /** The process is started again only in the state `kept`. */
  #state: 'starting' | 'kept' | 'ending' = 'starting';

  constructor(options: ChildOptions) {
    this.#options = options;
    this.#process = this.#spawn();
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /**
   * Waits until the process is ready, and from then on keeps it alive.
   *
   * @returns what `ready` resolves to
   * @throws {OperationalError} if it ends before that; the message has the last line of its log
   */
  async untilReady<T>(ready: Promise<T>): Promise<T> {
    const died = once(this.#process, 'exit').then((): never => {
      const { name, logFile } = this.#options;
      throw new OperationalError(`${name} did not start: ${lastMessage(logFile)}`);
    });
    const readyWith = await Promise.race([ready, died]);
    died.catch(() => undefined);
    if (this.#state === 'starting') this.#state = 'kept';
    return readyWith;
  }

  send(message: object): void {
    if (this.#process.connected) this.#process.send(message);
  }

  /** Waits until the process ends, for good, and kills it when the time is up. */
  async untilEnded(graceMs: number): Promise<void> {
    this.#state = 'ending';
    if (this.#hasEnded()) return;
    const kill = setTimeout(() => this.#process.kill('SIGKILL'), graceMs);
    await once(this.#process, 'exit');
    clearTimeout(kill);
  }

  /** Asks the process to end, and waits until it has. */
  async stop(graceMs: number): Promise<void> {
    const ended = this.untilEnded(graceMs);
    this.#process.kill('SIGTERM');
    await ended;
  }

  #hasEnded(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  #spawn(): ChildProcess {
    const { args, env, logFile, onMessage } = this.#options;
    // The user may have deleted the logs of a process that is started again.
    mkdirSync(dirname(logFile), { recursive: true });
    const log = openSync(logFile, 'a');
    const child = spawn(process.execPath, args, {
      env,
      stdio: ['ignore', log, log, 'ipc'],
      // In a separate process group, so that Ctrl-C reaches only this process, which ends the
      // others in order.
      detached: true,
    });
    closeSync(log);
    if (onMessage) child.on('message', onMessage);
    // A message to a process that has just died cannot be written. One that cannot even be started
    // has no `exit`.
    child.on('error', (error) => {
      if (this.#state === 'kept' && child.pid === undefined) void this.#restart(error.message);
    });
    child.on('exit', (code, signal) => {
      if (this.#state === 'kept') void this.#restart(signal ?? `exit code ${code}`);
    });
    return child;
  }

  async #restart(reason: string): Promise<void> {
    this.#options.onRestart(reason);
    await delay(RESTART_MS);
    if (this.#state === 'kept') this.#process = this.#spawn();
  }
}

/** The last line of a log, or the message in it if the log is structured. */
function lastMessage(logFile: string): string {
  const line = readFileSync(logFile, 'utf8').trimEnd().split('\n').at(-1) ?? '';
  try {
    return (JSON.parse(line) as { message: string }).message;
  } catch {
    return line;
  }
}
