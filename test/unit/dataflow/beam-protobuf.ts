import { createRequire } from 'node:module';

const { resolve } = createRequire(import.meta.url);

/** The protobuf.js that the Beam SDK has, of which coders are handed readers and writers. */
export const { Reader, Writer } = createRequire(resolve('apache-beam'))(
  'protobufjs',
) as typeof import('protobufjs');
