/** What Terraform's variable `window_engine` means for a deployment. */
import { UsageError } from 'iex-cli';
import type { Options } from './options.js';
import { problemsError } from './preflight.js';
import type { Settings } from './terraform.js';

/** Whether there are Dataflow jobs, which start from templates. */
export const hasJobs = ({ window_engine }: Pick<Settings, 'window_engine'>): boolean =>
  window_engine !== 'bigquery';

/**
 * Checks what depends on the engine, which only Terraform knows.
 *
 * @param toolProblems problems of the tools that build templates
 * @throws {UsageError} if a flag has no meaning
 * @throws {OperationalError} if tools are missing that are needed
 */
export function checkEngine(
  { skipTemplates, workerImage }: Pick<Options, 'skipTemplates' | 'workerImage'>,
  settings: Settings,
  toolProblems: readonly string[],
): void {
  if (hasJobs(settings)) {
    if (toolProblems.length > 0) throw problemsError(toolProblems);
    return;
  }
  const flag = skipTemplates ? '--skip-templates' : workerImage ? '--worker-image' : undefined;
  if (flag) {
    throw new UsageError(`window_engine is bigquery, which has no Dataflow jobs: omit ${flag}`);
  }
}
