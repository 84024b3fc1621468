/** What a deployment needs, all of it looked at before anything is done. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { $ } from 'zx';
import {
  BucketError,
  differences,
  findBucket,
  openStorage,
  planBuckets,
} from '../bootstrap/buckets.mjs';
import { run } from './command.mjs';
import { CommandError } from './errors.mjs';

/** The oldest versions that do: major and minor. */
const NODE = [20, 19];
const TERRAFORM = [1, 9];

/** What the templates are built with. */
const TEMPLATE_TOOLS = [
  { command: ['java', '-version'], remedy: 'install a JDK, 17 for instance' },
  { command: ['mvn', '-version'], remedy: 'install Apache Maven (https://maven.apache.org)' },
  { command: ['python3', '--version'], remedy: 'install Python 3 with its module venv' },
];

/** Development packages that functions and templates are built with. */
const PACKAGES = ['apache-beam', 'esbuild', 'fflate'];

/**
 * Everything that is missing or wrong, each with what to do.
 *
 * @param {import('./options.mjs').Options} options
 * @param {string} root of the repository
 * @param {AbortSignal} signal
 * @returns {Promise<string[]>} none where all is well
 */
export async function findProblems(options, root, signal) {
  const builds = !options.destroy;
  const buildsTemplates = builds && !options.skipTemplates;
  const checks = [
    nodeProblem(process.versions.node),
    builds && packagesProblem(root),
    ...commandProblems(buildsTemplates, signal),
    ...options.varFiles.map(varFileProblem),
    bucketProblems(options),
  ];
  const found = await Promise.all(checks);
  return found.flat().filter((problem) => typeof problem === 'string');
}

/** @param {string} version such as 20.19.0 */
export function nodeProblem(version) {
  if (isAtLeast(version, NODE)) return undefined;
  return `Node.js is ${version}: install ${NODE.join('.')} or later (https://nodejs.org)`;
}

function packagesProblem(root) {
  const missing = PACKAGES.filter((name) => !existsSync(join(root, 'node_modules', name)));
  if (missing.length === 0) return undefined;
  return `not installed: ${missing.join(', ')}: run npm ci, with development packages`;
}

function commandProblems(buildsTemplates, signal) {
  // zx runs commands by it, with its rules of quoting.
  if (!$.quote) return ['bash is missing, by which all others are run: install it'];
  const tools = buildsTemplates ? TEMPLATE_TOOLS : [];
  return [terraformProblem(signal), ...tools.map((tool) => toolProblem(tool, signal))];
}

async function terraformProblem(signal) {
  const remedy = `install ${TERRAFORM.join('.')} or later (https://developer.hashicorp.com/terraform/install)`;
  try {
    const { stdout } = await run(['terraform', 'version', '-json'], { signal });
    const version = JSON.parse(stdout).terraform_version;
    return isAtLeast(version, TERRAFORM) ? undefined : `Terraform is ${version}: ${remedy}`;
  } catch (error) {
    // Releases from before 0.13 do not know the flag.
    if (!(error instanceof CommandError || error instanceof SyntaxError)) throw error;
    return `Terraform is missing, or does not work: ${remedy}`;
  }
}

async function toolProblem({ command, remedy }, signal) {
  try {
    await run(command, { signal });
    return undefined;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return `${command[0]} is missing, or does not work: ${remedy} (--skip-templates does without)`;
  }
}

async function varFileProblem(file) {
  try {
    await readFile(file);
    return undefined;
  } catch (error) {
    return `--var-file ${file} cannot be read: ${error.code}`;
  }
}

/** Of the credentials, and of the buckets that are seen with them. */
async function bucketProblems({ project, region, buckets }) {
  try {
    const storage = await openStorage(project);
    const problems = await Promise.all(
      planBuckets(buckets, region).map(async (plan) => {
        const found = await findBucket(storage, plan.name);
        if (!found) {
          return `gs://${plan.name}, for ${plan.purpose}, is not in ${project}: run ${bootstrapFor({ project, region, buckets })}`;
        }
        return differences(found, plan).map((difference) => `gs://${plan.name}  ${difference}`);
      }),
    );
    return problems.flat();
  } catch (error) {
    if (!(error instanceof BucketError)) throw error;
    return error.message;
  }
}

/** The command that makes the buckets. */
const bootstrapFor = ({ project, region, buckets }) =>
  [
    'node bootstrap/bootstrap.mjs',
    `--project ${project} --region ${region}`,
    `--state-bucket ${buckets.state} --code-bucket ${buckets.code}`,
  ].join(' ');

/**
 * Whether a version is as new as another, of which major and minor are given.
 *
 * @param {string} version
 * @param {number[]} oldest
 */
function isAtLeast(version, [major, minor]) {
  const [ownMajor, ownMinor] = version.split('.').map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}
