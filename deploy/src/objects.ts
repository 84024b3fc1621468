/** Objects in the code bucket: uploaded only if the content is not there already. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { FileMetadata, Storage } from '@google-cloud/storage';
import { OperationalError } from 'iex-cli';

/**
 * The size of a request, in bytes: if a connection breaks, only this much is sent again. A multiple
 * of 256 KiB: https://cloud.google.com/storage/docs/performing-resumable-uploads#chunked-upload
 */
const CHUNK_BYTES = 16 * 1024 * 1024;

export interface NewObject {
  bucket: string;
  /** Of the object. */
  name: string;
  /** The path of the content. */
  file: string;
  /** By default guessed from the name. */
  contentType?: string;
  /** Custom metadata. */
  metadata?: Readonly<Record<string, string>>;
  /** The size of a request for a part of a large file, a multiple of 256 KiB; by default 16 MiB. */
  chunkBytes?: number;
}

/**
 * Uploads a file, unless an object of that name has its content and metadata already. The service
 * gets the checksum before the content and refuses any other content, so that no broken object ever
 * appears.
 *
 * @throws {OperationalError} if the service refuses
 * @throws the error of `node:fs` if the file cannot be read
 */
export async function putObject(
  storage: Storage,
  { bucket, name, file, contentType, metadata = {}, chunkBytes = CHUNK_BYTES }: NewObject,
): Promise<'uploaded' | 'unchanged'> {
  const { md5Hash, size } = await digestOf(file);
  const isSame = (found: FileMetadata | undefined) =>
    found?.md5Hash === md5Hash &&
    Number(found.size) === size &&
    Object.entries(metadata).every(([key, value]) => found.metadata?.[key] === value);

  const found = await findObject(storage, bucket, name);
  if (isSame(found)) return 'unchanged';
  try {
    await storage.bucket(bucket).upload(file, {
      destination: name,
      // The client cannot send an empty file in chunks.
      ...(size > chunkBytes && { chunkSize: chunkBytes }),
      metadata: { md5Hash, metadata, ...(contentType && { contentType }) },
      // Bound to the generation that was found, an upload can be retried safely: a second one
      // changes nothing.
      preconditionOpts: { ifGenerationMatch: found?.generation ?? 0 },
    });
    return 'uploaded';
  } catch (error) {
    // Another run was faster, or a retry came after a success whose response was lost.
    if (statusOf(error) === 412 && isSame(await findObject(storage, bucket, name)))
      return 'unchanged';
    throw explained(error, bucket, name, 'create');
  }
}

/**
 * Reads the fields of an object
 * (https://cloud.google.com/storage/docs/json_api/v1/objects#resource), with its custom metadata in
 * `metadata`; undefined if there is no such object.
 *
 * @throws {OperationalError} if the service refuses
 */
export async function findObject(
  storage: Storage,
  bucket: string,
  name: string,
): Promise<FileMetadata | undefined> {
  try {
    const [found] = await storage.bucket(bucket).file(name).getMetadata();
    return found;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw explained(error, bucket, name, 'read');
  }
}

/**
 * Reads the content of an object; undefined if there is no such object.
 *
 * @throws {OperationalError} if the service refuses
 */
export async function getObject(
  storage: Storage,
  bucket: string,
  name: string,
): Promise<Buffer | undefined> {
  try {
    const [content] = await storage.bucket(bucket).file(name).download();
    return content;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw explained(error, bucket, name, 'read');
  }
}

/** The MD5 checksum, as the service has it, and the size in bytes. */
async function digestOf(file: string): Promise<{ md5Hash: string; size: number }> {
  const hash = createHash('md5');
  await pipeline(createReadStream(file), hash);
  return { md5Hash: hash.digest('base64'), size: (await stat(file)).size };
}

/** An error of the client, or of `node:fs`. */
interface RequestError extends Error {
  code?: unknown;
  syscall?: string;
  path?: string;
  response?: { status?: number; data?: { error?: { message?: string } } };
}

/**
 * The HTTP status of an error, which a resumable upload has in another place than any other
 * request.
 */
const statusOf = (error: unknown): unknown =>
  (error as RequestError).response?.status ?? (error as RequestError).code;

/** Converts an error of the API to one that the user can fix. */
function explained(error: unknown, bucket: string, name: string, verb: string): unknown {
  const { syscall, path, response, message: ownMessage } = error as RequestError;
  // The error is about the file, which the caller can explain better.
  if (syscall && path) return error;
  const object = `gs://${bucket}/${name}`;
  const message = response?.data?.error?.message ?? ownMessage;
  if (statusOf(error) === 403) {
    return new OperationalError(
      `No permission to ${verb} ${object}: grant roles/storage.admin (${message})`,
      { cause: error },
    );
  }
  if (statusOf(error) === 404) {
    return new OperationalError(`gs://${bucket} does not exist: run bootstrap/bootstrap.mjs`, {
      cause: error,
    });
  }
  return new OperationalError(`${object}: ${message}`, { cause: error });
}
