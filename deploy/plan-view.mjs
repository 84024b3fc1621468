import { chalk, echo } from 'zx';

const PAINT = { '-': chalk.red, '±': chalk.red, '~': chalk.yellow, '+': chalk.green };

/**
 * Shows what a plan would do.
 *
 * @param {import('./plan-summary.mjs').Summary} summary
 * @param {import('./options.mjs').Options} options
 */
export function showPlan(summary, { project, region, destroy }) {
  const { hasChanges, counts, changes, losses, protectedAddresses, warnings } = summary;
  echo('');
  for (const change of changes) echo(`  ${(PAINT[change[0]] ?? String)(change)}`);
  if (changes.length > 0) echo('');
  for (const warning of warnings) echo(chalk.yellow(`Warning: ${warning}`));
  if (losses.length > 0) {
    echo(chalk.red.bold('DATA IS LOST FOR GOOD:'));
    for (const loss of losses) echo(chalk.red.bold(`  ${loss}`));
  }
  for (const address of protectedAddresses) {
    echo(chalk.yellow(`Protected by deletion_protection: ${address}`));
  }
  if (!hasChanges) {
    echo(`No changes: ${destroy ? 'nothing is there' : `${project} is as it should be`}.`);
    return;
  }
  const what = changes.length > 0 ? counts : 'only outputs or addresses change';
  echo(chalk.bold(`${project} in ${region}: ${what}.`));
  if (destroy) {
    echo(
      'Dataflow jobs are drained first, unless dataflow_on_delete is cancel: that takes minutes.',
    );
  }
}
