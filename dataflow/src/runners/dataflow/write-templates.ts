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
  await mkdir(folder, { recursive: true });
  const jobs = templates.map(({ job }) => job);
  await writePipelines(jobs, settings, parts, scratch);
  for (const template of templates) {
    const options = JSON.stringify(templateOptions(template, settings));
    await writeFile(join(scratch, `${template.job.name}.json`), options);
  }
  // Has Beam's Dataflow runner turn them into templates.
  await run(parts.python, [WRITER, folder, ...jobs.map(({ name }) => join(scratch, name))], {
    name: "Beam's Dataflow runner",
    // Gives sets, and with them the template's lists, the same order each time.
    env: { PYTHONHASHSEED: '0' },
  });
  for (const { location } of templates) {
    const file = join(folder, location.slice('gs://'.length));
    if (!existsSync(file))
      throw new OperationalError(`Beam's Dataflow runner did not write ${file}`);
  }
}

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
      await writeFile(join(scratch, `${name}.pb`), beam.PipelineProto.toBinary(pipeline));
    }
  } finally {
    await expansionService.stop();
  }
}
