/** The steps of a deployment, in the order in which deploy.mjs takes them. */
import { join } from 'node:path';
import { OperationalError } from 'iex-cli';
import { chalk, echo } from 'zx';
import { type Code, NO_CODE } from './code.js';
import { whileEnabling } from './enabling.js';
import { checkEngine } from './engine.js';
import { checkEnvironment, checkSettings } from './environment.js';
import { openService } from './google.js';
import { untilRunning } from './jobs.js';
import type { Options } from './options.js';
import { type Summary, summarize } from './plan-summary.js';
import { checkRequirements } from './preflight.js';
import { ask, ignoreTyping } from './question.js';
import type { Session } from './session.js';
import { type Step, withSteps } from './steps.js';
import type { Settings } from './terraform.js';

/** The values that a deployment passes to Terraform. */
export const ownValues = ({ project, region, buckets }: Options, code: Code = NO_CODE) => ({
  project_id: project,
  region,
  code_bucket: buckets.code,
  ...code,
});

/** Where a deployment keeps its plan. */
export const planFileOf = ({ scratch }: Session) => join(scratch, 'plan');

const asksToApprove = ({ planOnly, savePlan, applyPlan, yes, storeToken }: Options) =>
  !planOnly && !savePlan && !applyPlan && !yes && !storeToken;

/**
 * Checks all that can be checked before anything is done.
 *
 * @returns problems of the tools that build templates, for {@link init}
 * @throws {OperationalError} if something is missing or wrong
 */
export async function check({ options, signal }: Session): Promise<string[]> {
  if (asksToApprove(options)) {
    if (!process.stdin.isTTY) {
      throw new OperationalError(
        'Cannot ask for confirmation because stdin is not a terminal: add --yes, --plan-only or --save-plan',
      );
    }
    ignoreTyping();
  }
  checkEnvironment(process.env, ownValues(options));
  return await checkRequirements(options, signal);
}

/**
 * Prepares Terraform, and asks it for the settings that the code depends on.
 *
 * @param toolProblems problems of the tools that build templates, which matter with Dataflow jobs
 * @throws {UsageError} if a flag has no meaning with the window engine
 * @throws {OperationalError} if Terraform or a tool fails, or a variable file contradicts a flag
 */
export async function init(
  { options, terraform, signal }: Session,
  step: Step,
  toolProblems: readonly string[] = [],
): Promise<Settings> {
  const { project, region, buckets, varFiles } = options;
  const variables = { values: ownValues(options), files: varFiles };
  step.say(`starting, with the state in gs://${buckets.state}`);
  await whileEnabling(step, signal, () => terraform.init(buckets.state));
  const settings = await terraform.settings(variables, () => sayLocked(step));
  checkSettings(settings, variables.values);
  checkEngine(options, settings, toolProblems);
  step.done(`state in gs://${buckets.state}, ${project} in ${region}`);
  return settings;
}

const sayLocked = (step: Step) => step.say('waiting for another deployment to release the state');

/** @throws {OperationalError} if Terraform fails */
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
 * Whether the plan is to be applied, now or later.
 *
 * @throws {OperationalError} if it cannot be applied
 */
export async function isApplicable(
  { options, terraform }: Session,
  { hasChanges, deletesAll, engineSwitch, protectedAddresses }: Summary,
): Promise<boolean> {
  const { destroy, planOnly } = options;
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
  if (engineSwitch?.refusal) throw new OperationalError(engineSwitch.refusal);
  if (protectedAddresses.length > 0) {
    const first = engineSwitch ? 'window_engine as it was and ' : '';
    throw new OperationalError(
      `Terraform would refuse to delete what is protected: deploy with ${first}deletion_protection = false in a --var-file first`,
    );
  }
  return true;
}

/** @throws {OperationalError} if the user does not approve the plan */
export async function approve({ options, signal }: Session, { losses }: Summary): Promise<void> {
  const { project, destroy } = options;
  if (!asksToApprove(options)) return;
  if (destroy || losses.length > 0) {
    const what = destroy ? 'destroy all of this' : 'apply this and lose the data above';
    const answer = await ask(`Type the project ID to ${what}: `, signal);
    if (answer !== project) throw new OperationalError('Not confirmed');
    return;
  }
  const answer = await ask('Apply exactly this? [y/N] ', signal);
  if (!/^y(es)?$/i.test(answer)) throw new OperationalError('Not confirmed');
}

/** @throws {OperationalError} if Terraform fails */
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
