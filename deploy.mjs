#!/usr/bin/env node
/**
 * Deploys everything: functions, Dataflow templates, infrastructure.
 *
 *     node deploy.mjs --project P
 */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadDeploy } from './deploy/load.mjs';

const ROOT = dirname(fileURLToPath(import.meta.url));

const deploy = await loadDeploy();
const { chalk, echo } = await import('zx');

await deploy.runCommand(() => deploy.withSession(process.argv.slice(2), ROOT, main), {
  help: 'node deploy.mjs --help',
});
// Even if connections are still open.
process.exit();

/** @param {import('iex-deploy').Session} session */
async function main(session) {
  const { options, signal } = session;
  const toolProblems = await deploy.check(session);
  if (options.storeToken) return await deploy.storeToken(session);
  if (options.applyPlan) {
    if (await deploy.applySavedPlan(session, options.applyPlan)) await finish(session);
    return;
  }

  const names = /** @type {const} */ (['Terraform', 'Build', 'Functions', 'Templates', 'Plan']);
  const plan = await deploy.withSteps(names, signal, async (steps) => {
    const settings = await deploy.init(session, steps.Terraform, toolProblems);
    const code = options.destroy
      ? deploy.NO_CODE
      : await deploy.uploadCode(session, settings, steps);
    return await deploy.plan(session, code, steps.Plan);
  });

  deploy.showPlan(plan, options);
  if (!(await deploy.isApplicable(session, plan))) return;
  if (options.savePlan) return await deploy.savePlan(session);
  await deploy.approve(session, plan);
  await deploy.apply(session);
  await finish(session);
}

/** @param {import('iex-deploy').Session} session */
async function finish(session) {
  const { options } = session;
  if (options.destroy) return;
  if (!options.noWait) await deploy.waitForJobs(session);
  echo(chalk.green('\nDeployed.'));
}
