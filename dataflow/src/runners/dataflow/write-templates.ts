import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { streamingPipeline } from '../../io/streaming-pipeline';
import * as beam from '../../sdk/beam';
import { run } from '../../tools/run';
import { ToolError } from '../../tools/tool-error';
import { workerModules } from '../portable/worker-modules';
import { startExpansionService } from './expansion-service';
import { deployedTables } from './infrastructure';
import type { Job } from './jobs';
import { type Parts, WRITER } from './parts';
import { setWorkerEnvironment } from './worker-environment';

/** What the templates are for. */
export interface Target {
  project: string;
  region: string;
  /** gs://BUCKET/FOLDER: the templates and all that they need lie below it. */
  base: string;
  /** Tells the templates' content: 16 hexadecimal digits. */
  version: string;
  /** An image that has the packages, in the place of the SDK's, which installs them. */
  workerImage?: string | undefined;
}

/** The folder of the templates of a version. Another version has another, so that none is ever overwritten. */
export const templateFolder = ({ base, version }: Pick<Target, 'base' | 'version'>) =>
  `${base}/templates/${version}`;

export const templateLocation = (target: Target, { name }: Job) =>
  `${templateFolder(target)}/${name}`;

/**
 * Writes a classic template for each job into a folder, and all that it stages: gs://BUCKET/OBJECT as BUCKET/OBJECT.
 *
 * @param scratch a folder for what is needed on the way
 * @throws {ToolError} if one of the programs that take part fails
 */
export async function writeTemplates(
  jobs: readonly Job[],
  target: Target,
  parts: Parts,
  folder: string,
  scratch: string,
): Promise<void> {
  const expansionService = await startExpansionService(
    parts.jar,
    join(scratch, 'expansion-service.log'),
  );
  try {
    for (const { name, resolutions } of jobs) {
      const pipeline = await streamingPipeline({
        subscription: `projects/${target.project}/subscriptions/${name}`,
        resolutions,
        tables: deployedTables(target.project),
        expansionService: expansionService.address,
      }).catch((error) => {
        throw new ToolError(`Java's transforms: ${error.message}`, { cause: error });
      });
      await setWorkerEnvironment(pipeline, parts.packages, target.workerImage);
      await writeFile(pipelineFile(scratch, name), beam.PipelineProto.toBinary(pipeline));
    }
  } finally {
    await expansionService.stop();
  }
  await Promise.all(jobs.map((job) => writeTemplate(job, target, parts, folder, scratch)));
}

const pipelineFile = (scratch: string, job: string) => join(scratch, `${job}.pb`);

async function writeTemplate(
  job: Job,
  target: Target,
  parts: Parts,
  folder: string,
  scratch: string,
): Promise<void> {
  const { project, region, base } = target;
  const location = templateLocation(target, job);
  const options = {
    runner: 'DataflowRunner',
    project,
    region,
    job_name: job.name,
    template_location: location,
    staging_location: `${base}/staging`,
    temp_location: `${base}/temp`,
    pipeline_name: `${job.name}-${target.version}.pb`,
    streaming: true,
    enable_streaming_engine: true,
    // Nothing is asked of the cloud.
    no_auth: true,
    registered_node_modules: workerModules(),
  };
  const optionsFile = join(scratch, `${job.name}.json`);
  await writeFile(optionsFile, JSON.stringify(options));
  await run(parts.python, [WRITER, pipelineFile(scratch, job.name), optionsFile, folder], {
    name: `Beam's Dataflow runner (${job.name})`,
    // The order of what the runner keeps in sets is then the same each time.
    env: { PYTHONHASHSEED: '0' },
  });
  const file = join(folder, location.slice('gs://'.length));
  if (!existsSync(file)) throw new ToolError(`Beam's Dataflow runner wrote no ${file}`);
}
