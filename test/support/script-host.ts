import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HOST = fileURLToPath(new URL('script-host.mjs', import.meta.url));

/** What the host is asked to run. */
export interface Run {
  script: string;
  args: readonly string[];
  /** The whole environment. */
  env: NodeJS.ProcessEnv;
  /** What ends the script's output; the exit code and a newline follow. */
  end: string;
}

/** How a command ended. */
export interface Ended {
  /** The exit code, or the name of the signal that ended it. */
  code: number | string | null;
  stdout: string;
  stderr: string;
}

/**
 * A process in which the scripts of many tests run one after another, with Node.js and what they
 * import started once. For tests of what a script prints and does; not for input, terminals and
 * signals.
 */
export class ScriptHost {
  readonly #process: ChildProcess;
  readonly #outputs: Readable[];
  #runs = 0;

  private constructor() {
    this.#process = spawn(process.execPath, [HOST], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#outputs = [this.#process.stdout!, this.#process.stderr!];
    for (const output of this.#outputs) output.setEncoding('utf8');
  }

  /** Starts one for the tests of the calling suite, and ends it after them. */
  static forSuite(): () => ScriptHost {
    let host: ScriptHost | undefined;
    after(() => host?.stop());
    return () => {
      host ??= new ScriptHost();
      return host;
    };
  }

  /**
   * Runs a script to its end.
   *
   * @param script its absolute path
   * @throws if the host ends with it
   */
  async run(script: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
    const end = `\x1e${++this.#runs} `;
    this.#process.send({ script, args, env, end } satisfies Run);
    const [stdout = '', stderr = ''] = await Promise.all(
      this.#outputs.map((output) => this.#outputUntil(output, end)),
    );
    const [shown, code] = stdout.split(end);
    return {
      code: Number(code),
      stdout: stripVTControlCharacters(shown ?? ''),
      stderr: stripVTControlCharacters(stderr.split(end)[0] ?? ''),
    };
  }

  /** Reads an output until a script has ended. */
  async #outputUntil(output: Readable, end: string): Promise<string> {
    let text = '';
    return await new Promise((resolve, reject) => {
      const onClose = () => reject(new Error(`the host of scripts has ended: ${text}`));
      const onData = (chunk: string) => {
        text += chunk;
        const at = text.indexOf(end);
        if (at === -1 || !text.endsWith('\n')) return;
        output.off('data', onData).off('close', onClose);
        resolve(text);
      };
      output.on('data', onData).once('close', onClose);
    });
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    this.#process.disconnect();
    await once(this.#process, 'exit');
  }
}
