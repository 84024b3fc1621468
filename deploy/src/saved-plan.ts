/**
 * Plans that are made by one run and applied by another, after somebody else has approved them. A
 * plan contains the values of the state and of all variables, so it is kept where the state is. Its
 * ID is the SHA-256 of its content: whoever may only add objects cannot replace an approved plan.
 */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { CommandError, OperationalError } from 'iex-cli';
import { chalk, echo } from 'zx';
import { PLAN_FOLDER } from './buckets.js';
import { ownValues, planFileOf } from './deployment.js';
import { checkSettings } from './environment.js';
import { openStorage } from './google.js';
import { getObject, putObject } from './objects.js';
import type { Plan } from './plan.js';
import { summarize } from './plan-summary.js';
import { showPlan } from './plan-view.js';
import type { Session } from './session.js';
import { withSteps } from './steps.js';

const objectOf = (id: string) => `${PLAN_FOLDER}${id}`;

const idOf = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');

/**
 * Keeps the plan that was made, and shows its ID.
 *
 * @throws {OperationalError} if Cloud Storage refuses
 */
export async function savePlan(session: Session): Promise<void> {
  const { project, buckets } = session.options;
  const file = planFileOf(session);
  const id = idOf(await readFile(file));
  await putObject(await openStorage(project), { bucket: buckets.state, name: objectOf(id), file });
  echo(`Saved as plan ${id}`);
  echo(`Apply it with: node deploy.mjs --project ${project} --apply-plan ${id}`);
}

/**
 * Applies exactly a saved plan, unless something else has been applied since it was made.
 *
 * @param id that {@link savePlan} has shown
 * @returns whether there was anything to apply
 * @throws {OperationalError} if there is no such plan, if it belongs to another deployment or is
 *   stale, or if Terraform fails
 */
export async function applySavedPlan(session: Session, id: string): Promise<boolean> {
  const { options, terraform, progress } = session;
  const plan = await withSteps(['Plan'], session.signal, async ({ Plan: step }) => {
    step.say(`reading ${id}`);
    await download(session, id);
    await terraform.init(options.buckets.state);
    const saved = await terraform.read(planFileOf(session));
    checkSettings(placeOf(saved), ownPlace(session), 'the saved plan');
    step.done(`is ${id}`);
    return summarize(saved);
  });
  showPlan(plan, options);
  if (!plan.hasChanges) return false;
  progress.apply = 'begun';
  try {
    await terraform.apply(planFileOf(session), echo);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    // Its output has been shown already.
    if (!/Saved plan is stale/i.test(error.details)) {
      throw new OperationalError(error.message, { cause: error });
    }
    progress.apply = 'not begun';
    throw new OperationalError(
      'The plan is stale: something else has been applied since it was made. Plan again',
      { cause: error },
    );
  }
  progress.apply = 'done';
  echo(chalk.green('\nApplied.'));
  return true;
}

async function download(session: Session, id: string): Promise<void> {
  const { project, buckets } = session.options;
  const content = await getObject(await openStorage(project), buckets.state, objectOf(id));
  const place = `gs://${buckets.state}/${objectOf(id)}`;
  if (!content) {
    throw new OperationalError(`${place} does not exist: plan again with --save-plan`);
  }
  if (idOf(content) !== id) {
    throw new OperationalError(`${place} is not the plan that was saved: its content was replaced`);
  }
  await writeFile(planFileOf(session), content);
}

/** The values of the command line that a plan must have been made with. */
function ownPlace({ options }: Session): Record<string, string> {
  const { project_id, region, code_bucket } = ownValues(options);
  return { project_id, region, code_bucket };
}

const placeOf = ({ variables = {} }: Plan): Record<string, unknown> =>
  Object.fromEntries(Object.entries(variables).map(([name, { value }]) => [name, value]));
