import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { untilTrue } from './until.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A command of the project that is running. */
export class Command {
  readonly process: ChildProcess;
  stdout = '';
  stderr = '';
  readonly #exited: Promise<unknown>;

  /**
   * @param script built before the tests, relative to the root
   * @param timeoutMs after which it is killed: a safeguard, so that no test hangs
   */
  constructor(
    script: string,
    args: readonly string[],
    env: NodeJS.ProcessEnv = {},
    { timeoutMs = 150_000 } = {},
  ) {
    this.process = spawn(process.execPath, [script, ...args], {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    });
    this.process.stdout?.setEncoding('utf8').on('data', (text) => {
      this.stdout += text;
    });
    this.process.stderr?.setEncoding('utf8').on('data', (text) => {
      this.stderr += text;
    });
    this.#exited = once(this.process, 'close');
  }

  /** Waits until its output matches. */
  async untilPrinted(pattern: RegExp, timeoutMs = 20_000): Promise<RegExpExecArray> {
    await untilTrue(() => pattern.test(this.stdout) || this.process.exitCode !== null, timeoutMs);
    const match = pattern.exec(this.stdout);
    if (!match) throw new Error(`not printed: ${pattern}\n${this.stdout}${this.stderr}`);
    return match;
  }

  /**
   * Waits for its end and resolves to its exit code, or to the name of the signal that ended it.
   */
  async untilExited(): Promise<number | string> {
    await this.#exited;
    return this.process.exitCode ?? this.process.signalCode ?? 'unknown';
  }

  /** Kills it if it still runs; for cleaning up. */
  async kill(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    this.process.kill('SIGKILL');
    await this.#exited;
  }
}

/** Runs a command to its end. */
export async function runCommand(script: string, args: readonly string[], env?: NodeJS.ProcessEnv) {
  const command = new Command(script, args, env);
  const code = await command.untilExited();
  return { code, stdout: command.stdout, stderr: command.stderr };
}
