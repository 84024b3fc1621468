import { chalk, echo } from 'zx';
import type { Options } from './options.js';
import type { Summary } from './plan-summary.js';

const PAINT: Readonly<Record<string, (text: string) => string>> = {
  '-': chalk.red,
  '±': chalk.red,
  '~': chalk.yellow,
  '+': chalk.green,
};

/** Shows the changes of a plan. */
export function showPlan(summary: Summary, { project, region, destroy }: Options): void {
  const { hasChanges, counts, changes, losses, engineSwitch, protectedAddresses, warnings } =
    summary;
  echo('');
  for (const change of changes) echo(`  ${(PAINT[change[0] ?? ''] ?? String)(change)}`);
  if (changes.length > 0) echo('');
  for (const warning of warnings) echo(chalk.yellow(`Warning: ${warning}`));
  if (losses.length > 0) {
    echo(chalk.red.bold('DATA IS LOST FOR GOOD:'));
    for (const loss of losses) echo(chalk.red.bold(`  ${loss}`));
  }
  if (engineSwitch) echo(chalk.yellow(engineSwitch.note));
  for (const address of protectedAddresses) {
    echo(chalk.yellow(`Protected by deletion_protection: ${address}`));
  }
  if (!hasChanges) {
    echo(`No changes: ${destroy ? 'nothing is deployed' : `${project} is up to date`}.`);
    return;
  }
  const what = changes.length > 0 ? counts : 'only outputs or addresses change';
  echo(chalk.bold(`${project} in ${region}: ${what}.`));
  if (destroy) {
    echo(
      'Dataflow jobs are drained first, unless dataflow_on_delete is cancel; that takes minutes.',
    );
  }
}
