#!/usr/bin/env node
/**
 * Makes the buckets that Terraform needs before its first run. Running it again changes nothing: a
 * bucket that is there is checked, and what is wrong with it is told.
 *
 *     node bootstrap/bootstrap.mjs --project P
 */
import { parseArgs } from 'node:util';
import { chalk, echo } from 'zx';
import {
  BucketError,
  defaultBucketNames,
  ensureBucket,
  openStorage,
  planBuckets,
} from './buckets.mjs';

const HELP = `Usage: node bootstrap/bootstrap.mjs --project P [options]

Makes a bucket for Terraform's state and one for the code that it deploys, with application default credentials
(\`gcloud auth application-default login\`). One that is there is checked and not changed.

  --project P        the project that the buckets belong to
  --region R         where they lie (default europe-west2)
  --state-bucket B   name of the bucket for the state (default P-iex-stream-state)
  --code-bucket B    name of the bucket for the code (default P-iex-stream-code)
  --help             this text

Exit code: 0 where both are as they should be, 1 where not, 2 for a mistake in the call.`;

/** https://cloud.google.com/storage/docs/buckets#naming, without dots, which are for domains. */
const BUCKET_NAME = /^[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]$/;

// The search for credentials would wait seconds for an address that only Google's machines have; they
// are known by their firmware too.
process.env.METADATA_SERVER_DETECTION ??= 'bios-only';

const { project, region, 'state-bucket': state, 'code-bucket': code } = readOptions();
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
  terraform -chdir=infrastructure init -backend-config=bucket=${state}
and its variable:
  code_bucket = "${code}"`);

/** Makes what is missing, and returns what is wrong with what was there. */
async function ensureBuckets() {
  const storage = await openStorage(project);
  const problems = [];
  for (const plan of planBuckets({ state, code }, region)) {
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
    const { values } = parseArgs({
      options: {
        project: { type: 'string' },
        region: { type: 'string', default: 'europe-west2' },
        'state-bucket': { type: 'string' },
        'code-bucket': { type: 'string' },
        help: { type: 'boolean' },
      },
    });
    if (values.help) {
      echo(HELP);
      process.exit(0);
    }
    const names = defaultBucketNames(values.project);
    const options = { 'state-bucket': names.state, 'code-bucket': names.code, ...values };
    const problem = problemOf(options);
    if (problem) throw new TypeError(problem);
    return options;
  } catch (error) {
    const [message] = error.message.split(/\.? To specify|\n/);
    console.error(`${message} (see --help)`);
    process.exit(2);
  }
}

/** What is wrong with the flags, as the infrastructure's variables have it. */
function problemOf({ project, region, ...buckets }) {
  if (!project) return '--project P is missing: whose buckets shall they be?';
  if (!/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/.test(project)) return `'${project}' is no project id`;
  if (!/^[a-z]+-[a-z]+\d{1,2}$/.test(region)) return `'${region}' is no region`;
  for (const flag of ['state-bucket', 'code-bucket']) {
    const name = buckets[flag];
    if (!BUCKET_NAME.test(name)) {
      return `--${flag} takes a bucket's name without gs://, not '${name}'`;
    }
  }
  // Who may read the code, or deploy it, need not see the state.
  if (buckets['state-bucket'] === buckets['code-bucket']) return 'the buckets must be two';
  return undefined;
}
