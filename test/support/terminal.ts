import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import { skipSuite } from './skip.js';
import { untilTrue } from './until.js';

const SCRIPT = '/usr/bin/script';

/** A command in a separate terminal, made by script(1) of Linux. */
export class Terminal {
  /** Of script(1). */
  readonly process: ChildProcess;
  #shown = '';
  readonly #exited: Promise<unknown>;

  /** Called in a `before` hook: skips the suite if no terminal can be made. */
  static skipWithout(context: Mocha.Context): void {
    if (process.platform !== 'linux' || !existsSync(SCRIPT)) {
      skipSuite(context, 'script(1) of Linux is not installed');
    }
  }

  /**
   * @param command for a shell; replaces the shell, so that the terminal's signals reach the
   *   command
   */
  constructor(command: string, env: NodeJS.ProcessEnv = {}) {
    this.process = spawn(
      SCRIPT,
      ['--quiet', '--return', '--command', `stty cols 150 rows 40; exec ${command}`, '/dev/null'],
      {
        env: { ...process.env, ...env },
        // A safeguard, so that no test hangs.
        timeout: 150_000,
        killSignal: 'SIGKILL',
      },
    );
    this.process.stdout?.setEncoding('utf8').on('data', (text) => {
      this.#shown += text;
    });
    this.#exited = once(this.process, 'close');
  }

  /** Its whole output, without colours and cursor movements. */
  get shown(): string {
    return stripVTControlCharacters(this.#shown).replaceAll('\r', '');
  }

  /** Waits until its output matches. */
  async untilShown(pattern: RegExp): Promise<void> {
    await untilTrue(() => pattern.test(this.shown) || this.process.exitCode !== null);
    if (!pattern.test(this.shown)) throw new Error(`not shown: ${pattern}\n${this.shown}`);
  }

  /** Types it; `\x03` is Ctrl-C, `\x04` is Ctrl-D, `\r` the enter key. */
  type(keys: string): void {
    this.process.stdin?.write(keys);
  }

  /** Waits for its end. @returns its exit code, 128 and more for a signal */
  async untilExited(): Promise<number | null> {
    await this.#exited;
    return this.process.exitCode;
  }

  /** Kills it if it still runs; for cleaning up. */
  async kill(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.#exited;
  }
}
