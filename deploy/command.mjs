/** Programs that a deployment runs, each with all that it starts in a process group of its own. */
import { createInterface } from 'node:readline';
import { $ } from 'zx';
import { CommandError } from './errors.mjs';

/** The groups that run, by the process that leads each. */
const running = new Set();

/**
 * @typedef {object} CommandOptions
 * @property {AbortSignal} signal ends the command
 * @property {string} [name] for messages; the program's by default
 * @property {NodeJS.Signals} [stopBy] how; SIGTERM by default
 * @property {string} [cwd]
 * @property {Record<string, string>} [env] beside this process's own
 * @property {string} [input] for its standard input, which is empty otherwise
 * @property {boolean} [isShown] whether it writes to the terminal, and nothing is kept
 * @property {(line: string) => void} [onLine] called with what it writes to its standard error
 */

/**
 * Runs a program to its end. It shares no input with this process: two readers of one terminal would each get a part of
 * what is typed. Nor does the terminal's Ctrl-C reach it, only what this process makes of that.
 *
 * @param {readonly string[]} command the program and its arguments
 * @param {CommandOptions} options
 * @returns {Promise<{stdout: string, stderr: string}>}
 * @throws {CommandError} where it fails; the signal's reason where it was asked to end, once it has
 */
export async function run(
  command,
  { signal, name = command[0], stopBy = 'SIGTERM', cwd, env, input, isShown = false, onLine },
) {
  signal.throwIfAborted();
  const output = isShown ? 'inherit' : 'pipe';
  const child = $({
    detached: true,
    stdio: [input === undefined ? 'ignore' : 'pipe', output, output],
    nothrow: true,
    quiet: true,
    verbose: false,
    env: { ...process.env, ...env },
    ...(cwd && { cwd }),
    ...(input !== undefined && { input }),
  })`exec ${command}`;
  const { pid } = child;
  running.add(pid);
  const stop = () => killGroup(pid, stopBy);
  signal.addEventListener('abort', stop);
  // What a progress bar writes over and over counts as lines.
  if (onLine) createInterface({ input: child.stderr }).on('line', onLine);
  try {
    const { exitCode, signal: killedBy, stdout, stderr, stdall } = await child;
    signal.throwIfAborted();
    if (exitCode === 0) return { stdout, stderr };
    const end = killedBy ?? `exit code ${exitCode}`;
    throw new CommandError(`${name} failed (${end})`, stdall);
  } finally {
    signal.removeEventListener('abort', stop);
    running.delete(pid);
  }
}

/** Ends at once whatever runs. */
export function killAll() {
  for (const pid of running) killGroup(pid, 'SIGKILL');
}

function killGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // It has ended meanwhile.
    if (error.code !== 'ESRCH') throw error;
  }
}
