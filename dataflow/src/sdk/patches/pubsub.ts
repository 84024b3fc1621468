import Module from 'node:module';

const file = require.resolve('apache-beam/io/pubsub');

/**
 * The SDK's Pub/Sub transforms load Google's client library for a single message type, which takes a
 * third of the time in which the SDK loads. Nothing here uses these transforms (see
 * `../../io/pubsub-source.ts`), so an empty module replaces them.
 */
const empty = new Module(file);
empty.loaded = true;
require.cache[file] = empty;
