/**
 * A sink of a pipeline under test, which runs on workers: each appends its rows, as JSON lines, to a file of its own.
 * Workers find it by this module's path.
 */
require('apache-beam');
const { appendFileSync } = require('node:fs');
const { join } = require('node:path');
const { requireForSerialization } = require('apache-beam/serialization');

exports.appendRow = (row, { folder }) =>
  appendFileSync(join(folder, `${process.pid}.jsonl`), `${JSON.stringify(row)}\n`);

/** By this name workers find it. */
exports.MODULE = __filename;
requireForSerialization(exports.MODULE, { appendRow: exports.appendRow });
