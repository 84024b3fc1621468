import { mkdir, readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { Storage } from '@google-cloud/storage';
import { OperationalError } from 'iex-cli';
import { jobsOf } from 'iex-contract';
import type { TemplateSettings } from 'iex-dataflow/template';
import { findObject, putObject } from './objects.js';

/** A version that no templates have, as a placeholder if they do not matter. */
export const NO_TEMPLATES = 'none';

/** The environment of an upload of templates. */
export interface TemplateTarget {
  storage: Storage;
  settings: TemplateSettings;
  /** A folder for temporary files. */
  scratch: string;
}

/**
 * The module that builds templates. It takes a second to load, and only some commands need it.
 *
 * The Beam SDK logs its activity with `console.debug`; that is not for the user.
 */
export function loadTemplateBuilder(): Promise<typeof import('iex-dataflow/template')> {
  console.debug = () => undefined;
  return import('iex-dataflow/template');
}

/**
 * Builds the templates and uploads them with all that they stage, unless they exist already. They
 * have no effect until Terraform starts jobs from them.
 *
 * @param onProgress called with the current activity
 * @returns their version, for `dataflow_template_version`, and their locations
 * @throws {OperationalError} if a program is missing or fails, or Cloud Storage refuses
 */
export async function uploadTemplates(
  { storage, settings, scratch }: TemplateTarget,
  onProgress: (what: string) => void,
): Promise<{ version: string; locations: string[]; isNew: boolean }> {
  const { prepareTemplates } = await loadTemplateBuilder();
  const { version, locations, write } = await prepareTemplates(settings, scratch, onProgress);
  const missing = await missingObjects(storage, locations);
  if (missing.length > 0) {
    const folder = join(scratch, 'templates');
    await mkdir(folder);
    onProgress('writing the templates');
    await write(folder);
    await uploadFolder(storage, folder, new Set(locations), onProgress);
  }
  return { version, locations, isNew: missing.length > 0 };
}

/**
 * Prepares the templates without writing them.
 *
 * @returns their version
 * @throws {OperationalError} if a program is missing or fails
 */
export async function templateVersion(
  settings: TemplateSettings,
  scratch: string,
  onProgress: (what: string) => void,
): Promise<string> {
  const { prepareTemplates } = await loadTemplateBuilder();
  return (await prepareTemplates(settings, scratch, onProgress)).version;
}

/** @throws {OperationalError} if a template of the version does not exist */
export async function checkTemplates(
  storage: Storage,
  settings: TemplateSettings,
  version: string,
): Promise<void> {
  const { templateFolder } = await loadTemplateBuilder();
  const folder = templateFolder({ base: settings.base, version });
  const jobs = jobsOf(settings.layout, settings.resolutions);
  const [missing] = await missingObjects(
    storage,
    jobs.map(({ name }) => `${folder}/${name}`),
  );
  if (missing)
    throw new OperationalError(`${missing} does not exist: deploy without --skip-templates`);
}

async function missingObjects(storage: Storage, locations: readonly string[]): Promise<string[]> {
  const found = await Promise.all(locations.map((at) => findObject(storage, ...parsed(at))));
  return locations.filter((_, i) => !found[i]);
}

/**
 * Uploads BUCKET/OBJECT of a folder as gs://BUCKET/OBJECT. Templates come last: if one is there,
 * all it names is.
 */
async function uploadFolder(
  storage: Storage,
  folder: string,
  templates: ReadonlySet<string>,
  onProgress: (what: string) => void,
): Promise<void> {
  const put = async (location: string) => {
    const [bucket, name] = parsed(location);
    const done = await putObject(storage, { bucket, name, file: join(folder, bucket, name) });
    onProgress(`${location} ${done}`);
  };
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const all = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .map((path) => `gs://${path.split(sep).join('/')}`);
  await Promise.all(all.filter((location) => !templates.has(location)).map(put));
  await Promise.all([...templates].map(put));
}

/** The bucket and the object of gs://BUCKET/OBJECT. */
const parsed = (location: string): [bucket: string, name: string] => {
  const [, bucket = '', name = ''] = /^gs:\/\/([^/]+)\/(.+)$/.exec(location) ?? [];
  return [bucket, name];
};
