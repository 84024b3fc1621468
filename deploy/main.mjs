import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chalk, echo } from 'zx';
import { BucketError } from '../bootstrap/buckets.mjs';
import { killAll } from './command.mjs';
import { deploy } from './deployment.mjs';
import { CommandError, DeployError, InterruptedError, UsageError } from './errors.mjs';
import { listenForInterruption } from './interruption.mjs';
import { HELP, readOptions } from './options.mjs';

/**
 * Does what the flags say.
 *
 * @param {string[]} args the program's
 * @returns {Promise<number>} its exit code
 */
export async function main(args) {
  /** @type {import('./deployment.mjs').Progress} */
  const progress = { uploads: [], hasBegunToApply: false };
  try {
    const options = readOptions(args);
    if (!options) {
      echo(HELP);
      return 0;
    }
    const scratch = mkdtempSync(join(tmpdir(), 'iex-stream-deploy-'));
    // Also where a second Ctrl-C ends it: a plan holds what the state holds.
    process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));
    await deploy({ options, scratch, progress, signal: listen(progress) });
    return 0;
  } catch (error) {
    return tell(error, progress);
  }
}

const listen = (progress) =>
  listenForInterruption({
    onFirst() {
      console.error('\nStopping in order; Ctrl-C again kills what still runs.');
    },
    onSecond() {
      killAll();
      console.error(chalk.red(`Killed: the state may still be locked. ${whatWasDone(progress)}`));
    },
  });

/** Says what ended a deployment early. @returns the exit code */
function tell(error, progress) {
  if (error instanceof InterruptedError) {
    console.error(chalk.red(`Interrupted. ${whatWasDone(progress)}`));
    return error.exitCode;
  }
  if (error instanceof UsageError) {
    console.error(error.message);
    return 2;
  }
  if (!(error instanceof DeployError || error instanceof BucketError)) throw error;
  if (error instanceof CommandError && error.log) console.error(error.log);
  console.error(chalk.red(`${error.message}. ${whatWasDone(progress)}`));
  return 1;
}

function whatWasDone({ uploads, hasBegunToApply }) {
  if (hasBegunToApply) {
    return 'Some of the plan may be applied: the same command again does the rest.';
  }
  if (uploads.length === 0) return 'Nothing was changed.';
  return `Nothing was applied; uploaded, without effect until then: ${uploads.join(', ')}.`;
}
