import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { sharedFolder } from '../shared-folder.js';
import { template } from '../template-command.js';

/** The settings of the tests' templates. */
export const TARGET: readonly string[] = [
  ...['--project', 'test-project'],
  ...['--region', 'europe-west2'],
  ...['--bucket', 'test-bucket'],
];

/** A template, and the pipeline that it starts. */
export interface GeneratedTemplate {
  /** The job's name. */
  name: string;
  environment: {
    sdkPipelineOptions: { options: Record<string, unknown> };
    workerPools: { packages: { name: string; location: string }[] }[];
  };
  /** The file with the pipeline's proto. */
  pipelineFile: string;
}

/** The files that the command has written. */
export interface GeneratedLayout {
  /** Has the object gs://BUCKET/OBJECT as the file BUCKET/OBJECT. */
  folder: string;
  /** The output of the command: the locations of its templates. */
  result: { version: string; templates: string[] };
  templates: GeneratedTemplate[];
}

export interface GeneratedLayouts {
  /** A template for each resolution. */
  perResolution: GeneratedLayout;
  /** One template for all resolutions, for workers in the image `my/image:1`. */
  single: GeneratedLayout;
}

/** The templates of both layouts as the command writes them, written once for all tests. */
export async function generatedLayouts(): Promise<GeneratedLayouts> {
  const root = await sharedFolder('templates', async (folder) => {
    await write(join(folder, 'three'));
    await write(join(folder, 'single'), '--layout', 'single', '--worker-image', 'my/image:1');
  });
  return {
    perResolution: await read(join(root, 'three')),
    single: await read(join(root, 'single')),
  };
}

const resultFile = (folder: string) => `${folder}.json`;

async function write(folder: string, ...options: string[]): Promise<void> {
  const { code, stdout, stderr } = await template([...TARGET, ...options, '--output', folder]);
  if (code !== 0) throw new Error(stderr);
  await writeFile(resultFile(folder), stdout.trim().split('\n').at(-1) ?? '');
}

async function read(folder: string): Promise<GeneratedLayout> {
  const result: GeneratedLayout['result'] = JSON.parse(await readFile(resultFile(folder), 'utf8'));
  const templates = result.templates.map(async (location) => {
    const { environment } = JSON.parse(await readFile(fileOf(location, folder), 'utf8'));
    const { pipelineUrl } = environment.sdkPipelineOptions.options;
    return { name: basename(location), environment, pipelineFile: fileOf(pipelineUrl, folder) };
  });
  return { folder, result, templates: await Promise.all(templates) };
}

/**
 * The file in an output folder that corresponds to an object.
 *
 * @param location gs://BUCKET/OBJECT, or storage.googleapis.com/BUCKET/OBJECT
 */
export const fileOf = (location: string, folder: string) =>
  join(folder, location.replace(/^gs:\/\/|^storage\.googleapis\.com\//, ''));
