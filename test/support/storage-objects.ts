import { createHash, randomUUID } from 'node:crypto';
import { CRC32C } from '@google-cloud/storage';

/**
 * An object's fields as the API has them
 * (https://cloud.google.com/storage/docs/json_api/v1/objects#resource).
 */
export interface ObjectResource {
  name: string;
  bucket: string;
  /** Numbers are strings in the API. */
  generation: string;
  size: string;
  md5Hash: string;
  crc32c: string;
  metadata?: Record<string, string>;
  [field: string]: unknown;
}

/** A request that the API refuses, with its HTTP status. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The parameters of a request to create an object. */
export interface NewObject {
  bucket: string;
  name: string;
  /** The resource as the client has it. Checksums in it must be those of the content. */
  fields: Record<string, unknown>;
  /** The generation that must exist, 0 for none. */
  ifGenerationMatch: string | null;
}

/** A resumable upload in progress. */
interface Session {
  object: NewObject;
  received: Buffer;
}

/** Objects of all buckets, in memory, and the uploads that make them. */
export class StorageObjects {
  readonly #objects = new Map<string, { resource: ObjectResource; content: Buffer }>();
  readonly #sessions = new Map<string, Session>();
  #generation = 1_700_000_000_000_000;

  /** An object by bucket and name. */
  get(bucket: string, name: string): ObjectResource | undefined {
    return this.#objects.get(`${bucket}/${name}`)?.resource;
  }

  content(bucket: string, name: string): Buffer | undefined {
    return this.#objects.get(`${bucket}/${name}`)?.content;
  }

  /** In the order of names, as the API lists them. */
  list(bucket: string, prefix = ''): ObjectResource[] {
    return [...this.#objects.values()]
      .map(({ resource }) => resource)
      .filter((resource) => resource.bucket === bucket && resource.name.startsWith(prefix))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  delete(bucket: string, name: string): boolean {
    return this.#objects.delete(`${bucket}/${name}`);
  }

  /** @throws {RefusedError} if a condition or a checksum does not hold */
  put(object: NewObject, content: Buffer): ObjectResource {
    this.#checkGeneration(object);
    const { bucket, name, fields } = object;
    const md5Hash = createHash('md5').update(content).digest('base64');
    const crc = new CRC32C();
    crc.update(content);
    const checksums = { md5Hash, crc32c: crc.toString() };
    for (const [key, value] of Object.entries(checksums)) {
      if (fields[key] !== undefined && fields[key] !== value) {
        throw new RefusedError(400, `Provided ${key} does not match the content`);
      }
    }
    const resource: ObjectResource = {
      kind: 'storage#object',
      contentType: 'application/octet-stream',
      ...fields,
      ...checksums,
      bucket,
      name,
      generation: String(++this.#generation),
      metageneration: '1',
      size: String(content.length),
    };
    this.#objects.set(`${bucket}/${name}`, { resource, content });
    return resource;
  }

  /** Begins a resumable upload. @returns its id */
  begin(object: NewObject): string {
    this.#checkGeneration(object);
    const id = randomUUID();
    this.#sessions.set(id, { object, received: Buffer.alloc(0) });
    return id;
  }

  /**
   * Takes a part of a resumable upload, with the header `Content-Range` that it came with. Only
   * whole multiples of 256 KiB are kept of a part that is not the last.
   *
   * @returns the object if it is complete, or else the number of bytes received
   */
  continue(id: string, range: string, part: Buffer): ObjectResource | number {
    const session = this.#sessions.get(id);
    if (!session) throw new RefusedError(404, 'no such upload');
    const [, start, end, total] = /^bytes (?:(\d+)-(\d+|\*)|\*)\/(\d+|\*)$/.exec(range) ?? [];
    if (total === undefined) throw new RefusedError(400, `Content-Range: ${range}`);
    if (start !== undefined) {
      if (Number(start) !== session.received.length) throw new RefusedError(503, 'a gap');
      session.received = Buffer.concat([session.received, part]);
    }
    const isLast = total === '*' ? end === '*' : session.received.length >= Number(total);
    if (!isLast) {
      const kept = session.received.length - (session.received.length % (256 * 1024));
      session.received = session.received.subarray(0, kept);
      return kept;
    }
    this.#sessions.delete(id);
    return this.put(session.object, session.received);
  }

  #checkGeneration({ bucket, name, ifGenerationMatch }: NewObject): void {
    if (ifGenerationMatch === null) return;
    if (ifGenerationMatch !== (this.get(bucket, name)?.generation ?? '0')) {
      throw new RefusedError(412, 'At least one of the pre-conditions you specified did not hold.');
    }
  }
}
