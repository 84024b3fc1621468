/** The requirements of a deployment, all of them checked before anything is done. */
import { readFile } from 'node:fs/promises';
import { CommandError, OperationalError, run } from 'iex-cli';
import { differences, findBucket, planBuckets } from './buckets.js';
import { openStorage } from './google.js';
import type { Options } from './options.js';
import type { Place } from './place.js';

type Version = readonly [major: number, minor: number];

/** The oldest versions that work. */
const NODE: Version = [20, 19];
const TERRAFORM: Version = [1, 9];

const INSTALL_TERRAFORM = `install ${TERRAFORM.join('.')} or later (https://developer.hashicorp.com/terraform/install)`;

/** The tools that build the templates. */
const TEMPLATE_TOOLS = [
  ['java', '-version'],
  ['mvn', '-version'],
  ['python3', '--version'],
] as const;

/**
 * Checks everything that a deployment needs.
 *
 * @returns problems of the tools that build templates, each with what to do, if there are no
 *   others: only Terraform's variables say whether templates are needed
 * @throws {OperationalError} if anything else is missing or wrong; its details list all of it
 */
export async function checkRequirements(options: Options, signal: AbortSignal): Promise<string[]> {
  const { destroy, skipTemplates, storeToken, applyPlan } = options;
  const mayBuildTemplates = !destroy && !skipTemplates && !storeToken && !applyPlan;
  const tools = mayBuildTemplates ? TEMPLATE_TOOLS : [];
  const [ofPrograms, ofTools, ofFiles] = await Promise.all([
    problemsOf([nodeProblem(process.versions.node), terraformProblem(signal)]),
    problemsOf(tools.map(([command, flag]) => toolProblem(command, flag, signal))),
    problemsOf([...options.varFiles.map(varFileProblem), bucketProblems(options)]),
  ]);
  if (ofPrograms.length + ofFiles.length === 0) return ofTools;
  throw problemsError([...ofPrograms, ...ofTools, ...ofFiles]);
}

type Problem = string | undefined;

async function problemsOf(checks: readonly (Problem | Promise<Problem | string[]>)[]) {
  return (await Promise.all(checks)).flat().filter((problem) => problem !== undefined);
}

/** The error that lists problems. */
export function problemsError(problems: readonly string[]): OperationalError {
  const message =
    problems.length === 1
      ? 'Fix this problem first'
      : `Fix these ${problems.length} problems first`;
  return new OperationalError(message, {
    details: problems.map((problem) => `- ${problem}`).join('\n'),
  });
}

/** @param version such as 20.19.0 */
export function nodeProblem(version: string): string | undefined {
  if (isAtLeast(version, NODE)) return undefined;
  return `Node.js is ${version}: install ${NODE.join('.')} or later (https://nodejs.org)`;
}

async function terraformProblem(signal: AbortSignal): Promise<string | undefined> {
  try {
    const { stdout } = await run('terraform', ['version', '-json'], { signal });
    const version: string = JSON.parse(stdout).terraform_version;
    return isAtLeast(version, TERRAFORM)
      ? undefined
      : `Terraform is ${version}: ${INSTALL_TERRAFORM}`;
  } catch (error) {
    // Releases before 0.13 do not know the flag.
    if (error instanceof SyntaxError) return `Terraform is too old: ${INSTALL_TERRAFORM}`;
    if (!(error instanceof CommandError)) throw error;
    if (error.isMissing) return `Terraform is missing: ${INSTALL_TERRAFORM}`;
    return `Terraform does not work: ${reasonOf(error)}`;
  }
}

async function toolProblem(
  command: string,
  flag: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    await run(command, [flag], { signal });
    return undefined;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const problem = error.isMissing
      ? error.message
      : `${command} does not work: ${reasonOf(error)}`;
    return `${problem}; not needed with --skip-templates or window_engine = "bigquery"`;
  }
}

/** What the program itself says, or else how it ended. */
const reasonOf = ({ details, message }: CommandError) =>
  details.split('\n').find((line) => /error/i.test(line)) ?? (details.split('\n')[0] || message);

async function varFileProblem(file: string): Promise<string | undefined> {
  try {
    await readFile(file);
    return undefined;
  } catch (error) {
    return `--var-file ${file} cannot be read: ${(error as NodeJS.ErrnoException).code}`;
  }
}

/** Problems of the credentials, and of the buckets that are seen with them. */
async function bucketProblems(place: Place): Promise<string[]> {
  const { project, region, buckets } = place;
  try {
    const storage = await openStorage(project);
    const problems = await Promise.all(
      planBuckets(buckets, region).map(async (plan) => {
        const found = await findBucket(storage, plan.name);
        if (found) {
          return differences(found, plan).map((difference) => `gs://${plan.name}  ${difference}`);
        }
        return `gs://${plan.name}, for ${plan.purpose}, is not in ${project}: run ${bootstrapCommand(place)}`;
      }),
    );
    return problems.flat();
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error;
    return [error.message];
  }
}

/** The command that creates the buckets. */
const bootstrapCommand = ({ project, region, buckets }: Place) =>
  [
    'node bootstrap/bootstrap.mjs',
    `--project ${project} --region ${region}`,
    `--state-bucket ${buckets.state} --code-bucket ${buckets.code}`,
  ].join(' ');

function isAtLeast(version: string, [major, minor]: Version): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split('.').map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}
