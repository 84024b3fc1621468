import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OperationalError, UsageError } from 'iex-cli';
import { chalk, echo } from 'zx';
import { listenForInterruption } from './interruption.js';
import { HELP, type Options, readOptions } from './options.js';
import { Terraform } from './terraform.js';

/** The progress of a deployment, for the user to read if it ends early. */
export interface Progress {
  /** Objects that have been uploaded to the code bucket. */
  uploads: string[];
  apply: 'not begun' | 'begun' | 'done';
}

/** The context of a deployment, for all of its parts. */
export interface Session {
  options: Options;
  /** The repository's folder. */
  root: string;
  /** A folder for temporary files. */
  scratch: string;
  terraform: Terraform;
  /** Must be kept up to date. */
  progress: Progress;
  /** Ends the deployment early. */
  signal: AbortSignal;
}

/**
 * Reads the command line and does the work, or shows the help.
 *
 * @param args without the program's own name
 * @param root the repository's folder
 * @throws {OperationalError} whose message also says what has been done
 */
export async function withSession(
  args: readonly string[],
  root: string,
  work: (session: Session) => Promise<void>,
): Promise<undefined> {
  const options = readOptions(args);
  if (!options) {
    echo(HELP);
    return;
  }
  const progress: Progress = { uploads: [], apply: 'not begun' };
  const signal = listenForInterruption(
    () => console.error('\nStopping in order; press Ctrl-C again to kill what is still running.'),
    () => {
      const message = `Killed: the state may still be locked. ${whatWasDone(progress)}`;
      console.error(chalk.red(message));
    },
  );
  const scratch = mkdtempSync(join(tmpdir(), 'iex-stream-deploy-'));
  // Also after a second Ctrl-C: a plan contains what the state contains.
  process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));
  const terraform = new Terraform(join(root, 'infrastructure'), options.lockTimeout, signal);
  try {
    await work({ options, root, scratch, terraform, progress, signal });
  } catch (error) {
    throw withProgress(error, progress);
  }
}

/** Adds what has been done to an error that the user can fix. */
function withProgress(error: unknown, progress: Progress): unknown {
  if (!(error instanceof OperationalError) || error instanceof UsageError) return error;
  error.message = chalk.red(`${error.message}. ${whatWasDone(progress)}`);
  return error;
}

function whatWasDone({ uploads, apply }: Progress): string {
  if (apply === 'done') return 'The whole plan was applied.';
  if (apply === 'begun') {
    return 'Part of the plan may have been applied. Run the same command again to resume.';
  }
  if (uploads.length === 0) return 'Nothing was changed.';
  return `Nothing was applied, and what is deployed stays as it is. Uploaded, but unused until a deployment is approved: ${uploads.join(', ')}.`;
}
