#!/usr/bin/env node
/**
 * Computes what a month costs (docs/costs.md) from the infrastructure's defaults, list prices and assumptions.
 *
 *     node docs/costs.mjs            prints the tables
 *     node docs/costs.mjs --write    puts them into docs/costs.md and README.md
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { tables } from './costs/tables.mjs';

const FILES = ['costs.md', '../README.md'].map((path) => new URL(path, import.meta.url));

/** A table's place in a document, between two comments that a reader does not see. */
const PLACE = /(<!-- costs: (\w+) -->\n\n).*?(<!-- end -->)/gs;

const { write } = readOptions();
if (write) {
  for (const file of FILES) {
    const document = readFileSync(file, 'utf8');
    const filled = document.replace(
      PLACE,
      (_, begin, name, end) => `${begin}${tables[name]()}\n\n${end}`,
    );
    if (filled !== document) writeFileSync(file, filled);
  }
} else {
  for (const [name, table] of Object.entries(tables)) console.log(`${name}\n\n${table()}\n`);
}

/** The flags; ends the process for a wrong one. */
function readOptions() {
  try {
    return parseArgs({ options: { write: { type: 'boolean' } } }).values;
  } catch (error) {
    console.error(`${error.message.split('. ')[0]}: only --write is known`);
    process.exit(2);
  }
}
