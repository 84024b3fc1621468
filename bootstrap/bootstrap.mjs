#!/usr/bin/env node
/**
 * Creates what Terraform cannot create for itself: the buckets that it needs before its first run
 * and, with --github, the identities with which a repository's workflow deploys. Running it again
 * changes nothing: an existing bucket is checked, and its problems are shown.
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
  --github OWNER/R   also let the workflow deploy.yml of this repository on GitHub deploy, without keys; it prints the
                     variables and the environment that the repository then needs
  --help             show this text

Exit code: 0 if everything is as it should be, 1 if not, 2 if called wrongly.`;

const deploy = await loadDeploy();
const { chalk, echo } = await import('zx');

await deploy.runCommand(main, { help: 'node bootstrap/bootstrap.mjs --help' });

async function main() {
  const place = deploy.readBootstrapOptions(process.argv.slice(2));
  if (!place) return void echo(HELP);
  const { project, region, buckets, github } = place;
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
  if (github) return await trustGitHub(place, github);
  echo(`
Terraform's backend:
  terraform -chdir=infrastructure init -backend-config=bucket=${buckets.state}
and its variable:
  code_bucket = "${buckets.code}"`);
  return 0;
}

/**
 * @param {Parameters<typeof deploy.setUpGitHub>[0]} place
 * @param {string} repository OWNER/REPO
 */
async function trustGitHub(place, repository) {
  const setup = await deploy.setUpGitHub(place, repository, echo);
  echo(`\nNow let the repository use it:\n  ${deploy.instructionsOf(setup).join('\n  ')}`);
  if (setup.problems.length === 0) return 0;
  for (const problem of setup.problems) console.error(problem);
  console.error('Deploy once by hand (docs/deployment.md), then run this command again.');
  return 1;
}
