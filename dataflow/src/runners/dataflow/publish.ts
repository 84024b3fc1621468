import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ToolError } from '../../tools/tool-error';

/**
 * What of `bootstrap/` is used: modules that this package, which is CommonJS, can only import at
 * run time.
 */
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

/** An error that a user can fix is a {@link ToolError}, as everywhere in this package. */
const asToolError = (error: Error) => {
  throw error.name === 'BucketError' ? new ToolError(error.message, { cause: error }) : error;
};

/** The bucket and the object of gs://BUCKET/OBJECT. */
const parsed = (location: string): [string, string] => {
  const [, bucket = '', name = ''] = /^gs:\/\/([^/]+)\/(.+)$/.exec(location) ?? [];
  return [bucket, name];
};

/** Whether all templates are in Cloud Storage: their names contain their version. */
export async function arePublished(
  project: string,
  templates: readonly string[],
): Promise<boolean> {
  const { openStorage, findObject } = await bootstrap();
  const found = await openStorage(project)
    .then((storage) =>
      Promise.all(templates.map((location) => findObject(storage, ...parsed(location)))),
    )
    .catch(asToolError);
  return found.every((object) => object !== undefined);
}

/**
 * Uploads templates and what they stage to Cloud Storage. Templates come last: if one is there, so
 * is everything that it names.
 *
 * @param folder as `Templates.write` leaves it
 * @param onProgress called with one line for each object
 * @throws {ToolError} if Cloud Storage refuses
 */
export async function publish(
  project: string,
  folder: string,
  templates: readonly string[],
  onProgress: (line: string) => void,
): Promise<void> {
  const { openStorage, putObject } = await bootstrap();
  const storage = await openStorage(project).catch(asToolError);
  const put = async (location: string) => {
    const [bucket, name] = parsed(location);
    const file = join(folder, bucket, name);
    const done = await putObject(storage, { bucket, name, file }).catch(asToolError);
    onProgress(`${location} ${done}`);
  };
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const all = entries
    .filter((entry) => entry.isFile())
    .map((entry) => `gs:/${join(entry.parentPath, entry.name).slice(folder.length)}`);
  await Promise.all(all.filter((location) => !templates.includes(location)).map(put));
  await Promise.all(templates.map(put));
}
