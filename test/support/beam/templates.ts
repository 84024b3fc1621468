import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { sharedFolder } from '../shared-folder.js';
import { StorageEmulator } from '../storage-emulator.js';
import { template } from '../template-command.js';

const BUCKET = 'test-bucket';

/** The settings of the tests' templates. */
export const TARGET: readonly string[] = [
  ...['--project', 'test-project'],
  ...['--region', 'europe-west2'],
  ...['--bucket', BUCKET],
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
  /** A template for each resolution, as `--output` writes them. */
  perResolution: GeneratedLayout;
  /** One template for all resolutions, for workers in the image `my/image:1`, as uploaded. */
  single: GeneratedLayout;
}

/** The templates of both layouts as the command writes them, written once for all tests. */
export async function generatedLayouts(): Promise<GeneratedLayouts> {
  const root = await sharedFolder('templates', async (folder) => {
    await write(join(folder, 'three'), ['--output', join(folder, 'three')]);
    await upload(join(folder, 'single'));
  });
  return {
    perResolution: await read(join(root, 'three')),
    single: await read(join(root, 'single')),
  };
}

const resultFile = (folder: string) => `${folder}.json`;

async function write(folder: string, options: string[], env?: NodeJS.ProcessEnv): Promise<void> {
  const { code, stdout, stderr } = await template([...TARGET, ...options], env);
  if (code !== 0) throw new Error(stderr);
  await writeFile(resultFile(folder), stdout.trim().split('\n').at(-1) ?? '');
}

/** Uploads the single layout, and puts what has been uploaded into a folder. */
async function upload(folder: string): Promise<void> {
  const emulator = await StorageEmulator.start();
  try {
    emulator.add({ name: BUCKET, project: 'test-project', location: 'EUROPE-WEST2' });
    const options = ['--layout', 'single', '--worker-image', 'my/image:1'];
    await write(folder, options, { STORAGE_EMULATOR_HOST: emulator.url });
    for (const { name } of emulator.objects.list(BUCKET)) {
      const file = join(folder, BUCKET, name);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, emulator.objects.content(BUCKET, name) ?? '');
    }
  } finally {
    await emulator.close();
  }
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
