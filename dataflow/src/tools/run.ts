import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { ToolError } from './tool-error';

/** What to install if a command is missing. */
const REMEDIES: Record<string, string> = {
  java: 'install a JDK, 17 for instance',
  mvn: 'install Apache Maven',
  python3: 'install Python 3',
  go: 'install Go',
};

/** Options of a command. */
export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** The command's name in messages; by default, the command itself. */
  name?: string;
}

/** Kills a process when this one exits, unless this one is killed by SIGKILL. */
export function endWithUs(child: ChildProcess): void {
  const end = () => child.kill('SIGKILL');
  // Before other exit listeners, which may remove the files that it writes.
  process.prependOnceListener('exit', end);
  child.once('exit', () => process.off('exit', end));
}

/** A readable error for a command that could not be started. */
export function startError(command: string, error: NodeJS.ErrnoException): ToolError {
  const remedy = REMEDIES[command];
  const why = error.code === 'ENOENT' ? `is missing${remedy ? `: ${remedy}` : ''}` : error.message;
  return new ToolError(`${command} ${why}`, { cause: error });
}

/**
 * Runs a command until it exits.
 *
 * @returns its standard output
 * @throws {ToolError} if it is missing or fails; the message then has the end of its output
 */
export async function run(
  command: string,
  args: readonly string[],
  { cwd, env, name = command }: RunOptions = {},
): Promise<string> {
  const options: SpawnOptions = {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    ...(cwd ? { cwd } : {}),
  };
  const child = spawn(command, args, options);
  endWithUs(child);
  let stdout = '';
  let all = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    all += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    all += text;
  });
  const [code, signal] = await once(child, 'close').catch((error) => {
    throw startError(command, error);
  });
  if (code === 0) return stdout;
  throw new ToolError(`${name} failed (${signal ?? `exit code ${code}`}):\n${lastLines(all)}`);
}

/** The last lines of a program's output, without blank lines. */
export function lastLines(text: string, count = 15): string {
  const lines = text.split('\n').filter((line) => line.trim());
  return lines.slice(-count).join('\n');
}
