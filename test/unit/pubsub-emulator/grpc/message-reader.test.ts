import { deflateSync, gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { MessageReader, withPrefix } from 'iex-pubsub-emulator/grpc/message-reader';

const INTERNAL = 13;
const RESOURCE_EXHAUSTED = 8;
const UNIMPLEMENTED = 12;

describe('MessageReader', () => {
  const texts = ['first', '', 'third message'];
  const bytes = Buffer.concat(texts.map((text) => withPrefix(Buffer.from(text))));

  function compressed(message: Buffer): Buffer {
    const framed = withPrefix(message);
    framed[0] = 1;
    return framed;
  }

  function failure(run: () => unknown): unknown {
    try {
      run();
    } catch (error) {
      return error;
    }
    return undefined;
  }

  for (const size of [1, 2, 5, 6, 13, bytes.length]) {
    it(`finds the messages in chunks of ${size} bytes`, () => {
      const reader = new MessageReader('identity', 100);
      const found: string[] = [];
      for (let start = 0; start < bytes.length; start += size) {
        const messages = reader.read(bytes.subarray(start, start + size));
        found.push(...messages.map(String));
      }
      expect(found).to.deep.equal(texts);
    });
  }

  it('decompresses what is compressed, and only that', () => {
    const text = Buffer.from('text');
    const both = Buffer.concat([compressed(gzipSync(text)), withPrefix(text)]);
    expect(new MessageReader('gzip', 100).read(both).map(String)).to.deep.equal(['text', 'text']);
    const [inflated] = new MessageReader('deflate', 100).read(compressed(deflateSync(text)));
    expect(String(inflated)).to.equal('text');
  });

  it('refuses a message that is too large as soon as its length is known', () => {
    const start = withPrefix(Buffer.alloc(101)).subarray(0, 5);
    const error = failure(() => new MessageReader('identity', 100).read(start));
    expect(error).to.have.property('code', RESOURCE_EXHAUSTED);
  });

  it('refuses a message that is too large once it is decompressed', () => {
    const bomb = compressed(gzipSync(Buffer.alloc(10_000)));
    const error = failure(() => new MessageReader('gzip', 100).read(bomb));
    expect(error).to.have.property('code', RESOURCE_EXHAUSTED);
  });

  it('refuses a compression that it does not know, and one that is not what was stated', () => {
    const message = compressed(Buffer.from('text'));
    for (const [encoding, code] of [
      ['identity', UNIMPLEMENTED],
      ['snappy', UNIMPLEMENTED],
      ['gzip', INTERNAL],
    ] as const) {
      const error = failure(() => new MessageReader(encoding, 100).read(message));
      expect(error, encoding).to.have.property('code', code);
    }
  });
});
