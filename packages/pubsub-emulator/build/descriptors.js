/**
 * The descriptors of the API, from the .proto files that Google publishes in its npm packages.
 * The build puts them into the package (`build.js`); in the source tree they are parsed when they
 * are imported.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import protobuf from 'protobufjs';

const { resolve } = createRequire(import.meta.url);

/** Folders with .proto files: of Pub/Sub itself, and of IAM and of what both import. */
const FOLDERS = [
  join(dirname(resolve('@google-cloud/pubsub/package.json')), 'build/protos'),
  join(dirname(resolve('google-gax')), '../protos'),
];

const FILES = [
  'google/pubsub/v1/pubsub.proto',
  'google/pubsub/v1/schema.proto',
  'google/iam/v1/iam_policy.proto',
];

const root = new protobuf.Root();
root.resolvePath = (_origin, target) =>
  FOLDERS.map((folder) => join(folder, target)).find((file) => existsSync(file)) ?? target;

/** As protobufjs reads them again, with their HTTP annotations. */
export const descriptors = root.loadSync(FILES, { keepCase: false }).resolveAll().toJSON();
