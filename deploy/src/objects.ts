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
}

/**
 * Uploads a file, unless an object of that name has its content already. The service gets the
 * checksum before the content and refuses any other content, so that no broken object ever appears.
 *
 * @throws {OperationalError} if the service refuses
 * @throws the error of `node:fs` if the file cannot be read
 */
export async function putObject(
  storage: Storage,
  { bucket, name, file }: NewObject,
  chunkBytes = CHUNK_BYTES,
): Promise<'uploaded' | 'unchanged'> {
  const { md5Hash, size } = await digestOf(file);
  const isSame = (found: FileMetadata | undefined) =>
    found?.md5Hash === md5Hash && Number(found.size) === size;

  const found = await findObject(storage, bucket, name);
  if (isSame(found)) return 'unchanged';
  try {
    await storage.bucket(bucket).upload(file, {
      destination: name,
      // The client cannot send an empty file in chunks.
      ...(size > chunkBytes && { chunkSize: chunkBytes }),
      metadata: { md5Hash },
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
 * (https://cloud.google.com/storage/docs/json_api/v1/objects#resource); undefined if there is no
 * such object.
 *
 * @throws {OperationalError} if the service refuses
 */
export const findObject = (storage: Storage, bucket: string, name: string) =>
  read(bucket, name, storage.bucket(bucket).file(name).getMetadata());

/**
 * Reads the content of an object; undefined if there is no such object.
 *
 * @throws {OperationalError} if the service refuses
 */
export const getObject = (storage: Storage, bucket: string, name: string) =>
  read(bucket, name, storage.bucket(bucket).file(name).download());

async function read<T>(
  bucket: string,
  name: string,
  request: Promise<[T, ...unknown[]]>,
): Promise<T | undefined> {
  try {
    return (await request)[0];
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

/** The HTTP status of an error, which a resumable upload has in another place. */
export const statusOf = (error: unknown): unknown =>
  (error as RequestError).response?.status ?? (error as RequestError).code;

/**
 * Converts an error of the API to one that the user can fix.
 *
 * @param action what the account may not do, if that is the error
 * @param subject what any other error is about
 */
export function storageError(error: unknown, action: string, subject: string): OperationalError {
  const { response, message: ownMessage } = error as RequestError;
  const message = response?.data?.error?.message ?? ownMessage;
  return new OperationalError(
    statusOf(error) === 403
      ? `No permission to ${action}: grant roles/storage.admin (${message})`
      : `${subject}: ${message}`,
    { cause: error },
  );
}

function explained(error: unknown, bucket: string, name: string, verb: string): unknown {
  const { syscall, path } = error as RequestError;
  // The error is about the file, which the caller can explain better.
  if (syscall && path) return error;
  if (statusOf(error) === 404) {
    return new OperationalError(`gs://${bucket} does not exist: run bootstrap/bootstrap.mjs`, {
      cause: error,
    });
  }
  const object = `gs://${bucket}/${name}`;
  return storageError(error, `${verb} ${object}`, object);
}
