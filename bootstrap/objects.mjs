/** Objects in the code bucket: put there only where the content is not there already. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { BucketError } from './buckets.mjs';

/**
 * What is sent in one request, in bytes. A connection that breaks costs this much and not the whole file; a
 * multiple of 256 KiB: https://cloud.google.com/storage/docs/performing-resumable-uploads#chunked-upload
 */
const CHUNK_BYTES = 16 * 1024 * 1024;

/**
 * @typedef {object} NewObject
 * @property {string} bucket its name
 * @property {string} name of the object
 * @property {string} file path of the content
 * @property {string} [contentType] guessed from the name by default
 * @property {Record<string, string>} [metadata] custom metadata
 */

/**
 * Uploads a file, unless an object of that name has its content and metadata already. The service is told the
 * checksum before the content, and refuses any other: no broken object is ever there.
 *
 * @param {import('@google-cloud/storage').Storage} storage
 * @param {NewObject} object
 * @returns {Promise<'uploaded' | 'unchanged'>}
 * @throws {BucketError} where the service refuses; the error of `node:fs` where the file cannot be read
 */
export async function putObject(storage, { bucket, name, file, contentType, metadata = {} }) {
  const { md5Hash, size } = await digestOf(file);
  const isSame = (found) =>
    found?.md5Hash === md5Hash &&
    Number(found.size) === size &&
    Object.entries(metadata).every(([key, value]) => found.metadata?.[key] === value);

  const found = await findObject(storage, bucket, name);
  if (isSame(found)) return 'unchanged';
  try {
    await storage.bucket(bucket).upload(file, {
      destination: name,
      // In chunks, the client cannot send an empty file.
      ...(size > CHUNK_BYTES && { chunkSize: CHUNK_BYTES }),
      metadata: { md5Hash, metadata, ...(contentType && { contentType }) },
      // Bound to what was found, an upload may be retried: a second one changes nothing.
      preconditionOpts: { ifGenerationMatch: found?.generation ?? 0 },
    });
    return 'uploaded';
  } catch (error) {
    // Another run was faster, or a retry came after a success that was not heard of.
    if (statusOf(error) === 412 && isSame(await findObject(storage, bucket, name)))
      return 'unchanged';
    throw explained(error, bucket, name, 'create');
  }
}

/**
 * The fields that an object has (https://cloud.google.com/storage/docs/json_api/v1/objects#resource), its own
 * metadata in `metadata`; undefined where there is no such object.
 *
 * @param {import('@google-cloud/storage').Storage} storage
 * @param {string} bucket
 * @param {string} name
 * @throws {BucketError} where the service refuses
 */
export async function findObject(storage, bucket, name) {
  try {
    const [found] = await storage.bucket(bucket).file(name).getMetadata();
    return found;
  } catch (error) {
    if (error.code === 404) return undefined;
    throw explained(error, bucket, name, 'read');
  }
}

/** MD5, as the service tells it, and size in bytes. */
async function digestOf(file) {
  const hash = createHash('md5');
  await pipeline(createReadStream(file), hash);
  return { md5Hash: hash.digest('base64'), size: (await stat(file)).size };
}

/** The HTTP status of an error, which a resumable upload has elsewhere than any other request. */
const statusOf = (error) => error.response?.status ?? error.code;

/** What the API's errors mean here. */
function explained(error, bucket, name, verb) {
  // Of the file, which the caller knows more about.
  if (error.syscall && error.path) return error;
  const object = `gs://${bucket}/${name}`;
  const message = error.response?.data?.error?.message ?? error.message;
  if (statusOf(error) === 403) {
    return new BucketError(
      `no right to ${verb} ${object}: roles/storage.admin has it (${message})`,
      { cause: error },
    );
  }
  if (statusOf(error) === 404) {
    return new BucketError(`gs://${bucket} is not there: bootstrap/bootstrap.mjs makes it`, {
      cause: error,
    });
  }
  return new BucketError(`${object}: ${message}`, { cause: error });
}
