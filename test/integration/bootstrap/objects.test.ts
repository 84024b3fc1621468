import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Storage } from '@google-cloud/storage';
import { expect } from 'chai';
import type { NewObject } from 'iex-deploy/src/objects';
import { temporaryFolder } from 'iex-test/support/folder';
import { StorageEmulator } from 'iex-test/support/storage-emulator';

const BUCKET = 'test-project-iex-stream-code';

/** The least that Cloud Storage takes. The default is so much that these tests would take seconds. */
const CHUNK_BYTES = 256 * 1024;

describe('an object of the code bucket', () => {
  const folder = temporaryFolder();
  let emulator: StorageEmulator;
  let storage: Storage;
  let putObject: (object: Omit<NewObject, 'bucket'>) => Promise<string>;

  before(async () => {
    emulator = await StorageEmulator.start();
    // The client reads it when it is created.
    const before = process.env.STORAGE_EMULATOR_HOST;
    process.env.STORAGE_EMULATOR_HOST = emulator.url;
    const { openStorage } = await import('iex-deploy/src/google');
    const objects = await import('iex-deploy/src/objects');
    storage = await openStorage('test-project');
    if (before === undefined) delete process.env.STORAGE_EMULATOR_HOST;
    else process.env.STORAGE_EMULATOR_HOST = before;
    putObject = (object) => objects.putObject(storage, { bucket: BUCKET, ...object }, CHUNK_BYTES);
  });

  beforeEach(() => {
    emulator.add({ name: BUCKET, project: 'test-project', location: 'EUROPE-WEST2' });
    for (const { name } of emulator.objects.list(BUCKET)) emulator.objects.delete(BUCKET, name);
    emulator.failWith = undefined;
    emulator.changes.length = 0;
  });

  after(() => emulator.close());

  function fileOf(content: Buffer | string): string {
    const hash = createHash('sha256').update(content).digest('hex');
    const file = join(folder, hash);
    writeFileSync(file, content);
    return file;
  }

  it('gets the given content, and a type by its name', async () => {
    const put = await putObject({ name: 'a folder/a+b.txt', file: fileOf('content') });
    expect(put).to.equal('uploaded');
    expect(emulator.objects.get(BUCKET, 'a folder/a+b.txt')).to.deep.include({
      contentType: 'text/plain',
      size: '7',
    });
    const [content] = await storage.bucket(BUCKET).file('a folder/a+b.txt').download();
    expect(String(content)).to.equal('content');
  });

  it('is not uploaded again if it exists', async () => {
    const object = { name: 'o', file: fileOf('content') };
    await putObject(object);
    emulator.changes.length = 0;
    expect(await putObject(object)).to.equal('unchanged');
    expect(emulator.changes).to.deep.equal([]);
  });

  it('is replaced if it has other content', async () => {
    await putObject({ name: 'o', file: fileOf('content') });
    expect(await putObject({ name: 'o', file: fileOf('CONTENT') })).to.equal('uploaded');
    expect(String(emulator.objects.content(BUCKET, 'o'))).to.equal('CONTENT');
  });

  for (const size of [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 9 * CHUNK_BYTES + 1]) {
    it(`may have ${size} bytes`, async () => {
      const content = randomBytes(size);
      expect(await putObject({ name: 'o', file: fileOf(content) })).to.equal('uploaded');
      expect(emulator.objects.content(BUCKET, 'o')?.equals(content)).to.equal(true);
    });
  }

  it('is sent in chunks of 16 MiB', async () => {
    const content = randomBytes(17 * 1024 * 1024);
    let chunks = 0;
    emulator.failWith = (operation) => {
      if (operation.startsWith('PUT /upload')) chunks++;
      return undefined;
    };
    const object = { bucket: BUCKET, name: 'o', file: fileOf(content) };
    const { putObject } = await import('iex-deploy/src/objects');
    expect(await putObject(storage, object)).to.equal('uploaded');
    expect(chunks).to.equal(2);
    expect(emulator.objects.content(BUCKET, 'o')?.equals(content)).to.equal(true);
  });

  it('is complete although requests fail now and then', async () => {
    const content = randomBytes(2.5 * CHUNK_BYTES);
    let requests = 0;
    emulator.failWith = (operation) =>
      operation.startsWith('PUT /upload') && [1, 5].includes(++requests) ? 503 : undefined;
    expect(await putObject({ name: 'o', file: fileOf(content) })).to.equal('uploaded');
    // Three chunks, two of them twice, each time after a request for the bytes that were received.
    expect(requests).to.equal(3 + 2 * 2);
    expect(emulator.objects.content(BUCKET, 'o')?.equals(content)).to.equal(true);
  });

  it('does not exist if the file changes during the upload', async () => {
    const content = randomBytes(1.25 * CHUNK_BYTES);
    const file = fileOf(content);
    emulator.failWith = (operation) => {
      // After its checksum was taken, before it is read again to its end.
      if (operation.startsWith('POST /upload'))
        writeFileSync(file, content.fill(0, CHUNK_BYTES + 1));
      return undefined;
    };
    const error = await putObject({ name: 'o', file }).catch((thrown) => thrown);
    expect(error.name).to.equal('OperationalError');
    expect(error.message).to.contain(`gs://${BUCKET}/o`).and.contain('does not match');
    expect(emulator.objects.list(BUCKET)).to.deep.equal([]);
  });

  it('may be uploaded by two processes at the same time', async () => {
    const object = { name: 'o', file: fileOf('content') };
    const results = await Promise.all([putObject(object), putObject(object)]);
    expect(results).to.include('uploaded');
    expect(emulator.objects.list(BUCKET)).to.have.length(1);
  });

  it('is not overwritten if another run has uploaded something else in the meantime', async () => {
    emulator.failWith = (operation) => {
      if (!operation.startsWith('POST /upload')) return undefined;
      emulator.failWith = undefined;
      const other = { bucket: BUCKET, name: 'o', fields: {}, ifGenerationMatch: null };
      emulator.objects.put(other, Buffer.from('theirs'));
      return undefined;
    };
    const error = await putObject({ name: 'o', file: fileOf('ours') }).catch((thrown) => thrown);
    expect(error.name).to.equal('OperationalError');
    expect(String(emulator.objects.content(BUCKET, 'o'))).to.equal('theirs');
  });

  it('names the command that creates a missing bucket', async () => {
    emulator.buckets.clear();
    const error = await putObject({ name: 'o', file: fileOf('x') }).catch((thrown) => thrown);
    expect(error.name).to.equal('OperationalError');
    expect(error.message).to.contain('bootstrap/bootstrap.mjs');
  });

  it('names the role that is missing', async () => {
    emulator.failWith = (operation) => (operation.startsWith('POST') ? 403 : undefined);
    const error = await putObject({ name: 'o', file: fileOf('x') }).catch((thrown) => thrown);
    expect(error.name).to.equal('OperationalError');
    expect(error.message).to.contain('No permission to create').and.contain('roles/storage.admin');
  });

  it('fails if the file does not exist', async () => {
    const error = await putObject({ name: 'o', file: '/nonexistent' }).catch((thrown) => thrown);
    expect(error.code).to.equal('ENOENT');
  });
});
