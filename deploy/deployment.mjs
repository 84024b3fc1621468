import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chalk, echo } from 'zx';
import { openStorage } from '../bootstrap/buckets.mjs';
import { DeployError } from './errors.mjs';
import { deployFunctions, functionObject } from './functions.mjs';
import { summarize } from './plan-summary.mjs';
import { showPlan } from './plan-view.mjs';
import { findProblems } from './preflight.mjs';
import { ask, ignoreTyping } from './question.mjs';
import { showSteps } from './steps.mjs';
import { deployTemplates, findTemplates } from './templates.mjs';
import { Terraform } from './terraform.mjs';
import { together } from './together.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** Stands for the functions' zip where it does not matter: a name that the variable's validation takes. */
const NO_FUNCTIONS = functionObject('0'.repeat(64));

/**
 * How far a deployment has come, for a person to read where it ends early.
 *
 * @typedef {object} Progress
 * @property {string[]} uploads what is in the code bucket now
 * @property {boolean} hasBegunToApply
 */

/**
 * What all parts of a deployment know.
 *
 * @typedef {object} Context
 * @property {import('./options.mjs').Options} options
 * @property {string} scratch a folder for what is needed on the way
 * @property {Progress} progress is kept up to date
 * @property {AbortSignal} signal ends it early
 */

/**
 * Deploys, or plans or destroys where the options say so.
 *
 * @param {Context} context
 * @throws {DeployError} where it cannot be done, or is not wished
 */
export async function deploy(context) {
  const { options, scratch, progress, signal } = context;
  const asks = !options.planOnly && !options.yes;
  if (asks) {
    if (!process.stdin.isTTY) {
      throw new DeployError(
        'This is no terminal, where a question could be answered: add --yes or --plan-only',
      );
    }
    ignoreTyping();
  }
  await checkAll(options, signal);

  const terraform = new Terraform(join(ROOT, 'infrastructure'), signal);
  const planFile = join(scratch, 'plan');
  const summary = summarize(await makePlan(context, terraform, planFile));
  showPlan(summary, options);
  if (!summary.hasChanges) {
    if (!options.destroy) await terraform.showOutputs();
    return;
  }
  if (options.planOnly) {
    echo('Nothing is applied: --plan-only.');
    return;
  }
  if (summary.protectedAddresses.length > 0) {
    throw new DeployError(
      'Terraform would refuse to delete what is protected: deploy with deletion_protection = false in a --var-file first',
    );
  }
  if (asks) await confirm(options, signal);
  progress.hasBegunToApply = true;
  await terraform.apply(planFile);
  echo(chalk.green(`\n${options.destroy ? 'Destroyed. The buckets stay.' : 'Deployed.'}`));
}

/** @throws {DeployError} where something is missing or wrong; what it is has been listed */
async function checkAll(options, signal) {
  const problems = await findProblems(options, ROOT, signal);
  if (problems.length === 0) return;
  for (const problem of problems) console.error(`- ${problem}`);
  const count = problems.length === 1 ? 'One thing' : `${problems.length} things`;
  throw new DeployError(`${count} to mend first`);
}

/**
 * Uploads what Terraform is to deploy, and lets it plan.
 *
 * @param {Context} context
 * @param {Terraform} terraform
 * @param {string} planFile takes the plan
 * @returns {Promise<import('./plan-summary.mjs').Plan>}
 */
async function makePlan(context, terraform, planFile) {
  const { project, region, buckets, varFiles, destroy } = context.options;
  const names = destroy ? ['Terraform', 'Plan'] : ['Terraform', 'Functions', 'Templates', 'Plan'];
  const { steps, close } = showSteps(process.stdout, names, context.signal);
  try {
    steps.Terraform.say(`starting, with the state in gs://${buckets.state}`);
    await terraform.init(buckets.state);
    const place = { project_id: project, region, code_bucket: buckets.code };
    const variables = { values: { ...place, function_object: NO_FUNCTIONS }, files: varFiles };
    const settings = await terraform.settings(variables);
    checkAgreement(settings, place);
    steps.Terraform.done(`state in gs://${buckets.state}, ${project} in ${region}`);

    if (!destroy) Object.assign(variables.values, await upload(context, settings, steps));

    steps.Plan.say(`comparing with ${project}`);
    const plan = await terraform.plan(planFile, variables, { destroy });
    steps.Plan.done('made');
    return plan;
  } finally {
    close();
  }
}

/**
 * Uploads the functions and the templates, at the same time.
 *
 * @param {Context} context
 * @param {import('./terraform.mjs').Settings} settings
 * @param {Record<string, import('./steps.mjs').Step>} steps
 * @returns {Promise<Record<string, string>>} the variables that tell Terraform of them
 */
async function upload({ options, scratch, progress, signal }, settings, steps) {
  const { project, region, workerImage, skipTemplates } = options;
  const bucket = options.buckets.code;
  const storage = await openStorage(project);
  const { dataflow_layout: layout, resolutions } = settings;
  const templates = { project, region, bucket, layout, resolutions, workerImage };
  const [object, version] = await together(signal, [
    async (either) => {
      const target = { root: ROOT, scratch, storage, bucket };
      const name = await deployFunctions(target, steps.Functions, either);
      progress.uploads.push(name);
      return name;
    },
    async (either) => {
      if (skipTemplates) return await findTemplates(storage, templates, steps.Templates, either);
      const built = await deployTemplates(templates, ROOT, steps.Templates, either);
      progress.uploads.push(`templates of version ${built}`);
      return built;
    },
  ]);
  return { function_object: object, dataflow_template_version: version };
}

/**
 * A variable file wins over the flags, so that none is overruled without a word; where they differ, one of them is wrong.
 */
function checkAgreement(settings, place) {
  const flags = { project_id: '--project', region: '--region', code_bucket: '--code-bucket' };
  for (const [name, value] of Object.entries(place)) {
    if (settings[name] === value) continue;
    throw new DeployError(
      `${name} is ${settings[name]} in a variable file, but ${flags[name]} is ${value}: make them the same`,
    );
  }
}

/** @throws {DeployError} where the answer is no */
async function confirm({ project, destroy }, signal) {
  if (destroy) {
    const answer = await ask(`Type the project's name to destroy all of this: `, signal);
    if (answer !== project) throw new DeployError('Not confirmed');
    return;
  }
  const answer = await ask('Apply exactly this? [y/N] ', signal);
  if (!/^y(es)?$/i.test(answer)) throw new DeployError('Not confirmed');
}
