import { rmSync } from 'node:fs';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
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
  environment: { sdkPipelineOptions: { options: Record<string, unknown> } };
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

let generated: Promise<GeneratedLayouts> | undefined;

/** The templates of both layouts as the command writes them, written once for all tests. */
export function generatedLayouts(): Promise<GeneratedLayouts> {
  generated ??= generateAll();
  return generated;
}

async function generateAll(): Promise<GeneratedLayouts> {
  const root = await mkdtemp(join(tmpdir(), 'iex-stream-templates-'));
  process.once('exit', () => rmSync(root, { recursive: true, force: true }));
  const single = ['--layout', 'single', '--worker-image', 'my/image:1'];
  return {
    perResolution: await generate(join(root, 'three')),
    single: await generate(join(root, 'single'), ...single),
  };
}

async function generate(folder: string, ...options: string[]): Promise<GeneratedLayout> {
  const { code, stdout, stderr } = await template([...TARGET, ...options, '--output', folder]);
  if (code !== 0) throw new Error(stderr);
  const result: GeneratedLayout['result'] = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
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
