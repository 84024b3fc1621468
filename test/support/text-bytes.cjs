/** A step of pipelines under test. Workers find it by this module's path. */
require('apache-beam');
const { requireForSerialization } = require('apache-beam/serialization');

/** UTF-8, which no source of the SDK makes by itself. */
exports.textBytes = (text) => Buffer.from(text);

requireForSerialization(__filename, exports);
