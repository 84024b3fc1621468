import Module from 'node:module';

const file = require.resolve('apache-beam/io/pubsub');

/**
 * The SDK's transforms of Pub/Sub load Google's client of it, for one message type: a third of the
 * time that the SDK takes to load. Nothing here uses these transforms (see
 * `../../io/pubsub-source.ts`), so an empty module replaces them.
 */
const empty = new Module(file);
empty.loaded = true;
require.cache[file] = empty;
