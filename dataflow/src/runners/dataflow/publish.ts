import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ToolError } from '../../tools/tool-error';

/** What of `bootstrap/` is used: modules that this package, which is CommonJS, can only import at run time. */
interface Bootstrap {
  openStorage(project: string): Promise<unknown>;
  findObject(
    storage: unknown,
    bucket: string,
    name: string,
  ): Promise<{ metadata?: Record<string, string> } | undefined>;
  putObject(
    storage: unknown,
    object: { bucket: string; name: string; file: string; metadata?: Record<string, string> },
  ): Promise<'uploaded' | 'unchanged'>;
}

async function bootstrap(): Promise<Bootstrap> {
  const folder = join(__dirname, '../../../../bootstrap');
  const modules = await Promise.all([
    import(join(folder, 'buckets.mjs')),
    import(join(folder, 'objects.mjs')),
  ]);
  return Object.assign({}, ...modules);
}

/** What a person can cure is a {@link ToolError}, as everywhere in this package. */
const cured = (error: Error) => {
  throw error.name === 'BucketError' ? new ToolError(error.message, { cause: error }) : error;
};

/** The bucket and the object of gs://BUCKET/OBJECT. */
const parsed = (location: string): [string, string] => {
  const [, bucket = '', name = ''] = /^gs:\/\/([^/]+)\/(.+)$/.exec(location) ?? [];
  return [bucket, name];
};

/** Whether all templates are in Cloud Storage, in this version. */
export async function arePublished(
  project: string,
  templates: readonly string[],
  version: string,
): Promise<boolean> {
  const { openStorage, findObject } = await bootstrap();
  const found = await openStorage(project)
    .then((storage) => Promise.all(templates.map((at) => findObject(storage, ...parsed(at)))))
    .catch(cured);
  return found.every((object) => object?.metadata?.version === version);
}

/**
 * Uploads templates and what they stage to Cloud Storage. A template comes last: where it is, all that it names is.
 *
 * @param folder as `writeTemplates` leaves it
 * @param templates gs://BUCKET/OBJECT
 * @param version kept with each template, as the metadata `version`
 * @param onProgress told of each object
 * @throws {ToolError} if Cloud Storage refuses
 */
export async function publish(
  project: string,
  folder: string,
  templates: readonly string[],
  version: string,
  onProgress: (what: string) => void,
): Promise<void> {
  const { openStorage, putObject } = await bootstrap();
  const storage = await openStorage(project).catch(cured);
  const put = async (location: string, metadata: Record<string, string>) => {
    const [bucket, name] = parsed(location);
    const file = join(folder, bucket, name);
    const done = await putObject(storage, { bucket, name, file, metadata }).catch(cured);
    onProgress(`${location} ${done}`);
  };
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const all = entries
    .filter((entry) => entry.isFile())
    .map((entry) => `gs:/${join(entry.parentPath, entry.name).slice(folder.length)}`);
  await Promise.all(all.filter((at) => !templates.includes(at)).map((at) => put(at, {})));
  await Promise.all(templates.map((at) => put(at, { version })));
}
