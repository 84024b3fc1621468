import { createRequire } from 'node:module';

const { resolve } = createRequire(import.meta.url);

/** The Beam SDK's copy of protobuf.js, whose readers and writers coders get. */
export const { Reader, Writer } = createRequire(resolve('apache-beam'))(
  'protobufjs',
) as typeof import('protobufjs');
