import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OperationalError, run } from 'iex-cli';
import type { Job } from 'iex-contract';
import { streamingPipeline } from '../../io/streaming-pipeline';
import { deployedTables } from '../../io/tables';
import * as beam from '../../sdk/beam';
import { startExpansionService } from './expansion-service';
import { type Parts, WRITER } from './parts';
import { type Template, type TemplateSettings, templateOptions } from './template-options';
import { setJar, setWorkerEnvironment, stagedJar } from './worker-environment';

/**
 * Writes a classic template for each job, and every file that the templates refer to, into a
 * folder: the object gs://BUCKET/OBJECT as the file BUCKET/OBJECT. Calls no Google Cloud API.
 *
 * @param folder is created if it does not exist
 * @param scratch folder for intermediate files
 * @throws {OperationalError} if Java or Python fails
 */
export async function writeTemplates(
  templates: readonly Template[],
  settings: TemplateSettings,
  parts: Parts,
  folder: string,
  scratch: string,
): Promise<void> {
  await writePipelines(
    templates.map(({ job }) => job),
    settings,
    parts,
    scratch,
  );
  await mkdir(folder, { recursive: true });
  await Promise.all(
    templates.map((template) => writeTemplate(template, settings, parts, folder, scratch)),
  );
}

const pipelineFile = (scratch: string, job: string) => join(scratch, `${job}.pb`);

/** Writes the proto of each job's pipeline. */
async function writePipelines(
  jobs: readonly Job[],
  { project, workerImage }: TemplateSettings,
  { jar, workerPackage }: Parts,
  scratch: string,
): Promise<void> {
  const staged = await stagedJar(jar);
  const log = join(scratch, 'expansion-service.log');
  const expansionService = await startExpansionService(jar, log);
  try {
    for (const { name, resolutions } of jobs) {
      const pipeline = await streamingPipeline({
        subscription: `projects/${project}/subscriptions/${name}`,
        resolutions,
        tables: deployedTables(project),
        expansionService: expansionService.address,
      }).catch((error) => {
        throw new OperationalError(`the expansion service refused a transform: ${error.message}`, {
          cause: error,
        });
      });
      setJar(pipeline, staged);
      await setWorkerEnvironment(
        pipeline,
        workerImage ? { image: workerImage } : { package: workerPackage },
      );
      await writeFile(pipelineFile(scratch, name), beam.PipelineProto.toBinary(pipeline));
    }
  } finally {
    await expansionService.stop();
  }
}

/** Has Beam's Dataflow runner turn a pipeline into a template. */
async function writeTemplate(
  template: Template,
  settings: TemplateSettings,
  { python }: Parts,
  folder: string,
  scratch: string,
): Promise<void> {
  const { job, location } = template;
  const optionsFile = join(scratch, `${job.name}.json`);
  await writeFile(optionsFile, JSON.stringify(templateOptions(template, settings)));
  await run(python, [WRITER, pipelineFile(scratch, job.name), optionsFile, folder], {
    name: `Beam's Dataflow runner (${job.name})`,
    // Gives sets, and with them the template's lists, the same order each time.
    env: { PYTHONHASHSEED: '0' },
  });
  const file = join(folder, location.slice('gs://'.length));
  if (!existsSync(file)) throw new OperationalError(`Beam's Dataflow runner did not write ${file}`);
}
