#!/usr/bin/env node
/**
 * Creates the buckets that Terraform needs before its first run. Running it again changes nothing:
 * an existing bucket is checked, and its problems are shown.
 *
 *     node bootstrap/bootstrap.mjs --project P
 */
import { loadDeploy } from '../deploy/load.mjs';

const HELP = `Usage: node bootstrap/bootstrap.mjs --project P [options]

Creates a bucket for Terraform's state and one for the code that it deploys, with application default credentials
(\`gcloud auth application-default login\`). An existing bucket is checked and not changed.

  --project P        ID of the project that the buckets belong to
  --region R         region of the buckets (default europe-west2)
  --state-bucket B   name of the bucket for the state (default P-iex-stream-state)
  --code-bucket B    name of the bucket for the code (default P-iex-stream-code)
  --help             show this text

Exit code: 0 if both buckets are as they should be, 1 if not, 2 if called wrongly.`;

const deploy = await loadDeploy();
const { chalk, echo } = await import('zx');

await deploy.runCommand(main, { help: 'node bootstrap/bootstrap.mjs --help' });

async function main() {
  const place = deploy.readBootstrapOptions(process.argv.slice(2));
  if (!place) return void echo(HELP);
  const { project, region, buckets } = place;
  const storage = await deploy.openStorage(project);
  const problems = [];
  for (const plan of deploy.planBuckets(buckets, region)) {
    const bucket = chalk.bold(`gs://${plan.name}`);
    const { created, differences } = await deploy.ensureBucket(storage, plan);
    if (created) echo(`${bucket}  created, for ${plan.purpose}`);
    else if (differences.length === 0) echo(`${bucket}  exists, for ${plan.purpose}`);
    problems.push(...differences.map((difference) => `${bucket}  ${difference}`));
  }
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) return 1;
  echo(`
Terraform's backend:
  terraform -chdir=infrastructure init -backend-config=bucket=${buckets.state}
and its variable:
  code_bucket = "${buckets.code}"`);
  return 0;
}
