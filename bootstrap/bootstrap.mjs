#!/usr/bin/env node
/**
 * Makes the buckets that Terraform needs before its first run. Running it again changes nothing: a
 * bucket that is there is checked, and what is wrong with it is told.
 *
 *     node bootstrap/bootstrap.mjs --project P
 */
import { parseArgs } from 'node:util';
import { chalk, echo } from 'zx';
import { BucketError, ensureBucket, openStorage, planBuckets } from './buckets.mjs';
import { PLACE_OPTIONS, placeOf, usageProblem } from './options.mjs';

const HELP = `Usage: node bootstrap/bootstrap.mjs --project P [options]

Makes a bucket for Terraform's state and one for the code that it deploys, with application default credentials
(\`gcloud auth application-default login\`). One that is there is checked and not changed.

  --project P        the project that the buckets belong to
  --region R         where they lie (default europe-west2)
  --state-bucket B   name of the bucket for the state (default P-iex-stream-state)
  --code-bucket B    name of the bucket for the code (default P-iex-stream-code)
  --help             this text

Exit code: 0 where both are as they should be, 1 where not, 2 for a mistake in the call.`;

const { project, region, buckets } = readOptions();
try {
  const problems = await ensureBuckets();
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exit(1);
} catch (error) {
  if (!(error instanceof BucketError)) throw error;
  console.error(chalk.red(error.message));
  process.exit(1);
}
echo(`
Terraform's backend:
  terraform -chdir=infrastructure init -backend-config=bucket=${buckets.state}
and its variable:
  code_bucket = "${buckets.code}"`);

/** Makes what is missing, and returns what is wrong with what was there. */
async function ensureBuckets() {
  const storage = await openStorage(project);
  const problems = [];
  for (const plan of planBuckets(buckets, region)) {
    const bucket = chalk.bold(`gs://${plan.name}`);
    const { created, differences } = await ensureBucket(storage, plan);
    if (created) echo(`${bucket}  made, for ${plan.purpose}`);
    else if (differences.length === 0) echo(`${bucket}  is there, for ${plan.purpose}`);
    problems.push(...differences.map((difference) => `${bucket}  ${difference}`));
  }
  return problems;
}

/** The flags; ends the process where there is nothing to do for them. */
function readOptions() {
  try {
    const { values } = parseArgs({ options: { ...PLACE_OPTIONS, help: { type: 'boolean' } } });
    if (values.help) {
      echo(HELP);
      process.exit(0);
    }
    return placeOf(values);
  } catch (error) {
    console.error(usageProblem(error));
    process.exit(2);
  }
}
