import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { CommandError } from './errors.js';
import { HAS_GROUPS, killOnExit, signalGroup } from './process-group.js';

/** How many lines of a failed program's output are kept. */
const KEPT_LINES = 100;

/** What to install if a program is missing. */
const REMEDIES: Readonly<Record<string, string>> = {
  go: 'install Go (https://go.dev/dl)',
  java: 'install a JDK, for example version 17',
  javac: 'install a JDK, for example version 17',
  mvn: 'install Apache Maven (https://maven.apache.org)',
  npm: 'install Node.js with npm (https://nodejs.org)',
  python3: 'install Python 3 with its module venv',
  terraform: 'install Terraform (https://developer.hashicorp.com/terraform/install)',
};

export interface RunOptions {
  cwd?: string;
  /** Added to this process's own environment. */
  env?: NodeJS.ProcessEnv;
  /** What the program reads; nothing by default. */
  input?: string;
  /** For messages; the program's name by default. */
  name?: string;
  /** Called with each line that the program writes, unless it writes to the terminal. */
  onLine?: (line: string) => void;
  /** Lets the program write to the terminal, instead of keeping what it writes. */
  isShown?: boolean;
  /** Asks the program, and all that it started, to end. */
  signal?: AbortSignal;
  /** How it is asked to; SIGTERM by default. */
  stopSignal?: NodeJS.Signals;
}

/** The output of a program. */
export interface Output {
  stdout: string;
  stderr: string;
}

/**
 * Runs a program to its end. It never reads from this process's standard input: two readers of one
 * terminal would each get a part of what is typed. It leads a separate process group, so that the
 * terminal's Ctrl-C reaches only this process, and so that everything that the program started ends
 * with it.
 *
 * @throws {CommandError} if it is missing or fails
 * @throws the reason of `signal` if the program was asked to end, once it has
 */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Output> {
  const { cwd, env, input = '', name = command, onLine, isShown = false, signal } = options;
  signal?.throwIfAborted();
  const output = isShown ? 'inherit' : 'pipe';
  const child = spawn(command, args, {
    ...(cwd !== undefined && { cwd }),
    env: { ...process.env, ...env },
    stdio: [input ? 'pipe' : 'ignore', output, output],
    detached: HAS_GROUPS,
  });
  killOnExit(child);
  const stop = () => signalGroup(child, options.stopSignal ?? 'SIGTERM');
  signal?.addEventListener('abort', stop);
  // Fails if the program ends before it has read everything; its exit code says how it ended.
  child.stdin?.on('error', () => undefined).end(input);
  const written = collect(child.stdout, child.stderr);
  for (const input of [child.stdout, child.stderr]) {
    // A progress bar that is written over and over counts as lines.
    if (onLine && input) createInterface({ input }).on('line', onLine);
  }
  try {
    const [exitCode, killedBy] = await once(child, 'close').catch((error) => {
      throw startError(command, error);
    });
    signal?.throwIfAborted();
    if (exitCode === 0) return { stdout: written.stdout, stderr: written.stderr };
    const message = `${name} failed (${killedBy ?? `exit code ${exitCode}`})`;
    throw new CommandError(message, { details: lastLines(written.all) });
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

/**
 * The error for a program that could not be started.
 *
 * @param error of `spawn`
 */
export function startError(command: string, error: NodeJS.ErrnoException): CommandError {
  const isMissing = error.code === 'ENOENT';
  const remedy = REMEDIES[command] ?? 'install it';
  const why = isMissing ? `is missing: ${remedy}` : `cannot be started: ${error.message}`;
  return new CommandError(`${command} ${why}`, { cause: error, isMissing });
}

/** The last lines of a program's output, without blank lines. */
export function lastLines(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim());
  return lines.slice(-KEPT_LINES).join('\n');
}

/**
 * Collects a program's output: each stream separately, and both in the order in which they were
 * written.
 */
function collect(stdout: Readable | null, stderr: Readable | null): Output & { all: string } {
  const written = { stdout: '', stderr: '', all: '' };
  for (const [name, stream] of [
    ['stdout', stdout],
    ['stderr', stderr],
  ] as const) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      written[name] += text;
      written.all += text;
    });
  }
  return written;
}
