import { existsSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { streamingPipeline } from '../../io/streaming-pipeline';
import * as beam from '../../sdk/beam';
import { shortHash } from '../../tools/cache';
import { run } from '../../tools/run';
import { ToolError } from '../../tools/tool-error';
import { startExpansionService } from './expansion-service';
import { deployedTables } from './infrastructure';
import { type Job, jobsOf } from './jobs';
import { type Parts, prepareParts, WRITER } from './parts';
import { type Template, type TemplateSettings, templateOptions } from './template-options';
import { setWorkerEnvironment } from './worker-environment';

export interface WrittenTemplates {
  /** Identifies the content of all templates together: 16 hexadecimal digits. */
  version: string;
  templates: Template[];
  /** Whether files were written: false if `isUploaded` said that they are there already. */
  written: boolean;
}

export interface WriteOptions {
  /** Called with one line for each part that is ready. */
  onProgress?: (line: string) => void;
  /** Asked before anything is written: if all templates are there already, nothing is. */
  isUploaded?: (templates: readonly Template[]) => Promise<boolean>;
}

/**
 * Writes a classic Dataflow template for each job, and every file that the templates refer to, into a
 * folder: the object gs://BUCKET/OBJECT as the file BUCKET/OBJECT. Upload all of them, the templates
 * last: a template that is there then has all that it names. Names contain the version, so an upload
 * replaces no object that a running job reads. Calls no Google Cloud API.
 *
 * The first call builds the expansion service's jar and installs Beam for Python, which takes minutes.
 *
 * @param folder is created if it does not exist
 * @throws {ToolError} if Java, Maven, Python or npm is missing or fails
 */
export async function writeTemplates(
  settings: TemplateSettings,
  folder: string,
  { onProgress, isUploaded }: WriteOptions = {},
): Promise<WrittenTemplates> {
  const scratch = await mkdtemp(join(tmpdir(), 'iex-template-'));
  const removeScratch = () => rmSync(scratch, { recursive: true, force: true });
  // Also if a signal ends the process.
  process.once('exit', removeScratch);
  try {
    const jobs = jobsOf(settings.layout, settings.resolutions);
    const parts = await prepareParts(scratch, (part) => onProgress?.(`${part}: ready`));
    const tables = deployedTables(settings.project);
    const version = shortHash(parts.version, JSON.stringify([settings, tables]));
    const templates = jobs.map(({ name }) => ({
      job: name,
      location: `${settings.base}/templates/${version}/${name}`,
    }));
    if (await isUploaded?.(templates)) return { version, templates, written: false };

    await writePipelines(jobs, settings, parts, scratch);
    await mkdir(folder, { recursive: true });
    await Promise.all(
      templates.map((template) =>
        writeTemplate(template, version, settings, parts, folder, scratch),
      ),
    );
    return { version, templates, written: true };
  } finally {
    process.off('exit', removeScratch);
    removeScratch();
  }
}

const pipelineFile = (scratch: string, job: string) => join(scratch, `${job}.pb`);

/** Writes the proto of each job's pipeline. */
async function writePipelines(
  jobs: readonly Job[],
  { project, workerImage }: TemplateSettings,
  { jar, workerPackage }: Parts,
  scratch: string,
): Promise<void> {
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
        throw new ToolError(`the expansion service refused a transform: ${error.message}`, {
          cause: error,
        });
      });
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
  version: string,
  settings: TemplateSettings,
  { python }: Parts,
  folder: string,
  scratch: string,
): Promise<void> {
  const { job, location } = template;
  const optionsFile = join(scratch, `${job}.json`);
  await writeFile(optionsFile, JSON.stringify(templateOptions(template, version, settings)));
  await run(python, [WRITER, pipelineFile(scratch, job), optionsFile, folder], {
    name: `Beam's Dataflow runner (${job})`,
    // Gives sets, and with them the template's lists, the same order each time.
    env: { PYTHONHASHSEED: '0' },
  });
  const file = join(folder, location.slice('gs://'.length));
  if (!existsSync(file)) throw new ToolError(`Beam's Dataflow runner did not write ${file}`);
}
