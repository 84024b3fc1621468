/** The steps of a deployment, in the order in which deploy.mjs takes them. */
import { join } from 'node:path';
import { OperationalError, run } from 'iex-cli';
import type { TemplateSettings } from 'iex-dataflow/template';
import { chalk, echo } from 'zx';
import { whileEnabling } from './enabling.js';
import { checkEnvironment, checkSettings } from './environment.js';
import { NO_FUNCTIONS, uploadFunctions } from './functions.js';
import { openService, openStorage } from './google.js';
import { untilRunning } from './jobs.js';
import type { Options } from './options.js';
import { type Summary, summarize } from './plan-summary.js';
import { checkRequirements } from './preflight.js';
import { ask, ignoreTyping } from './question.js';
import type { Session } from './session.js';
import { type Step, withSteps } from './steps.js';
import { checkTemplates, NO_TEMPLATES, uploadTemplates } from './templates.js';
import type { Settings } from './terraform.js';
import { together, untilAborted } from './together.js';

/** The variables that tell Terraform which functions and templates to deploy. */
type Code = { function_object: string; dataflow_template_version: string };

/** A placeholder if the code does not matter. */
export const NO_CODE: Code = {
  function_object: NO_FUNCTIONS,
  dataflow_template_version: NO_TEMPLATES,
};

/** The values that a deployment passes to Terraform. */
export const ownValues = ({ project, region, buckets }: Options, code: Code = NO_CODE) => ({
  project_id: project,
  region,
  code_bucket: buckets.code,
  ...code,
});

const planFileOf = ({ scratch }: Session) => join(scratch, 'plan');

const asksToApprove = ({ planOnly, yes, storeToken }: Options) => !planOnly && !yes && !storeToken;

/**
 * Checks all that can be checked before anything is done.
 *
 * @throws {OperationalError} if something is missing or wrong
 */
export async function check({ options, signal }: Session): Promise<void> {
  if (asksToApprove(options)) {
    if (!process.stdin.isTTY) {
      throw new OperationalError(
        'Cannot ask for confirmation because stdin is not a terminal: add --yes or --plan-only',
      );
    }
    ignoreTyping();
  }
  checkEnvironment(process.env, ownValues(options));
  await checkRequirements(options, signal);
}

/**
 * Prepares Terraform, and asks it for the settings that the code depends on.
 *
 * @throws {OperationalError} if Terraform fails, or a variable file contradicts a flag
 */
export async function init({ options, terraform, signal }: Session, step: Step): Promise<Settings> {
  const { project, region, buckets, varFiles } = options;
  const variables = { values: ownValues(options), files: varFiles };
  step.say(`starting, with the state in gs://${buckets.state}`);
  await whileEnabling(step, signal, () => terraform.init(buckets.state));
  const settings = await terraform.settings(variables, () => sayLocked(step));
  checkSettings(settings, variables.values);
  step.done(`state in gs://${buckets.state}, ${project} in ${region}`);
  return settings;
}

const sayLocked = (step: Step) => step.say('waiting for another deployment to release the state');

/**
 * Builds the functions and the templates and uploads them at the same time, each under a name that
 * identifies its content: this does not change what is running.
 *
 * @throws {OperationalError} if a build or an upload fails
 */
export async function uploadCode(
  session: Session,
  settings: Settings,
  steps: Record<'Build' | 'Functions' | 'Templates', Step>,
): Promise<Code> {
  const { options, root, scratch, progress, signal } = session;
  const bucket = options.buckets.code;
  steps.Build.say('npm run build');
  await run('npm', ['run', '--silent', 'build'], { name: 'npm run build', cwd: root, signal });
  steps.Build.done('compiled');

  const storage = await openStorage(options.project);
  const [object, version] = await together(signal, [
    async (either) => {
      const name = await uploadFunctions({ storage, bucket, scratch }, steps.Functions, either);
      progress.uploads.push(name);
      return name;
    },
    async (either) => {
      const templates = {
        project: options.project,
        region: options.region,
        base: `gs://${bucket}/dataflow`,
        layout: settings.dataflow_layout,
        resolutions: settings.resolutions,
        machineType: settings.dataflow_machine_type,
        workerImage: options.workerImage,
      };
      if (options.skipTemplates) {
        return await keptTemplates(session, templates, steps.Templates, either);
      }
      const { say, done } = steps.Templates;
      say('building');
      const work = uploadTemplates({ storage, settings: templates, scratch }, say);
      const uploaded = await untilAborted(either, work);
      done(`${uploaded.isNew ? 'uploaded' : 'unchanged'}: version ${uploaded.version}`);
      progress.uploads.push(`templates of version ${uploaded.version}`);
      return uploaded.version;
    },
  ]);
  return { function_object: object, dataflow_template_version: version };
}

/**
 * The version of the templates that the last approved deployment has applied, even if others have
 * been uploaded since.
 */
async function keptTemplates(
  { terraform, options }: Session,
  settings: TemplateSettings,
  step: Step,
  signal: AbortSignal,
): Promise<string> {
  step.say('looking for those that were deployed last');
  const version = (await terraform.outputs()).dataflow_template_version?.value;
  if (typeof version !== 'string') {
    throw new OperationalError(
      'No templates have been deployed yet: deploy without --skip-templates',
    );
  }
  const storage = await openStorage(options.project);
  await untilAborted(signal, checkTemplates(storage, settings, version));
  step.done(`kept: version ${version}`);
  return version;
}

/**
 * Lets Terraform plan.
 *
 * @throws {OperationalError} if Terraform fails
 */
export async function plan(session: Session, code: Code, step: Step): Promise<Summary> {
  const { options, terraform, signal } = session;
  const variables = { values: ownValues(options, code), files: options.varFiles };
  step.say(`comparing with ${options.project}`);
  const made = await whileEnabling(step, signal, () =>
    terraform.plan(planFileOf(session), variables, {
      destroy: options.destroy,
      onWait: () => sayLocked(step),
    }),
  );
  step.done('made');
  return summarize(made);
}

/**
 * Asks whether to apply the plan.
 *
 * @throws {OperationalError} if it cannot be applied, or the user does not approve it
 */
export async function isApproved(
  { options, terraform, signal }: Session,
  { hasChanges, deletesAll, losses, protectedAddresses }: Summary,
): Promise<boolean> {
  const { project, destroy, planOnly } = options;
  if (!hasChanges) {
    if (!destroy) await terraform.showOutputs();
    return false;
  }
  if (deletesAll && !destroy) {
    throw new OperationalError('This plan only deletes: use --destroy to destroy everything');
  }
  if (planOnly) {
    echo('Nothing is applied: --plan-only.');
    return false;
  }
  if (protectedAddresses.length > 0) {
    throw new OperationalError(
      'Terraform would refuse to delete what is protected: deploy with deletion_protection = false in a --var-file first',
    );
  }
  if (!asksToApprove(options)) return true;
  if (destroy || losses.length > 0) {
    const what = destroy ? 'destroy all of this' : 'apply this and lose the data above';
    const answer = await ask(`Type the project ID to ${what}: `, signal);
    if (answer !== project) throw new OperationalError('Not confirmed');
    return true;
  }
  const answer = await ask('Apply exactly this? [y/N] ', signal);
  if (!/^y(es)?$/i.test(answer)) throw new OperationalError('Not confirmed');
  return true;
}

/**
 * Applies exactly the plan that was shown.
 *
 * @throws {OperationalError} if Terraform fails
 */
export async function apply(session: Session): Promise<void> {
  const { terraform, progress, options } = session;
  progress.apply = 'begun';
  await terraform.apply(planFileOf(session));
  progress.apply = 'done';
  if (options.destroy) echo(chalk.green('\nDestroyed. The buckets stay.'));
}

/**
 * Waits until all Dataflow jobs are running, and shows the first errors of each.
 *
 * @throws {OperationalError} if a job does not start
 */
export async function waitForJobs({ options, terraform, signal }: Session): Promise<void> {
  const jobs = ((await terraform.outputs()).dataflow_jobs?.value ?? {}) as Record<string, string>;
  const names = Object.keys(jobs);
  if (names.length === 0) return;
  echo('\nWaiting until the Dataflow jobs are running; press Ctrl-C to stop waiting.');
  const dataflow = await openService('dataflow');
  const results = await withSteps(names, signal, (steps) =>
    Promise.allSettled(
      Object.entries(jobs).map(([name, id]) =>
        untilRunning(dataflow, { name, id }, steps[name] as Step, { ...options, signal }),
      ),
    ),
  );
  signal.throwIfAborted();
  const failures = results.flatMap((result): unknown[] =>
    result.status === 'rejected' ? [result.reason] : [],
  );
  for (const failure of failures) if (!(failure instanceof OperationalError)) throw failure;
  for (const [i, result] of results.entries()) {
    if (result.status === 'rejected' || result.value.length === 0) continue;
    echo(chalk.yellow(`${names[i]} is running, but has logged errors:`));
    for (const error of result.value) echo(chalk.yellow(`  ${error}`));
  }
  const [first, ...others] = failures as OperationalError[];
  if (!first) return;
  if (others.length === 0) throw first;
  const details = [first, ...others].map((error) => `${error.message}\n${error.details}`);
  throw new OperationalError(`${details.length} Dataflow jobs did not start`, {
    details: details.join('\n'),
  });
}
