/** The deployed code: the zip of the functions and the templates of the jobs. */
import { OperationalError, run } from 'iex-cli';
import type { TemplateSettings } from 'iex-dataflow/template';
import { hasJobs } from './engine.js';
import { bundleFunctions, NO_FUNCTIONS, uploadFunctions } from './functions.js';
import { openStorage } from './google.js';
import type { Session } from './session.js';
import type { Step } from './steps.js';
import { checkTemplates, NO_TEMPLATES, templateVersion, uploadTemplates } from './templates.js';
import type { Settings } from './terraform.js';
import { together, untilAborted } from './together.js';

/** The variables that tell Terraform which functions and templates to deploy. */
export type Code = { function_object: string; dataflow_template_version: string };

/** Stands for the code if it does not matter. */
export const NO_CODE: Code = {
  function_object: NO_FUNCTIONS,
  dataflow_template_version: NO_TEMPLATES,
};

/**
 * Builds the functions and, for Dataflow jobs, the templates and uploads them at the same time, each
 * under a name that belongs to its content: nothing that runs is touched. With `--plan-only` nothing
 * is uploaded: the plan needs only the names.
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
      if (options.planOnly) {
        const { name } = await bundleFunctions(steps.Functions);
        steps.Functions.done(`bundled, not uploaded: ${name}`);
        return name;
      }
      const name = await uploadFunctions({ storage, bucket, scratch }, steps.Functions, either);
      progress.uploads.push(name);
      return name;
    },
    async (either) => {
      if (!hasJobs(settings)) return NO_TEMPLATES;
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
      if (options.planOnly) {
        const version = await untilAborted(either, templateVersion(templates, scratch, say));
        done(`built, not uploaded: version ${version}`);
        return version;
      }
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
 * The version of the templates that the last approved deployment has applied, whatever has been
 * uploaded since.
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
