/**
 * Computes what a month costs (docs/costs.md) from the defaults of the infrastructure, list prices
 * and assumptions.
 *
 *     npm run costs              prints the tables
 *     npm run costs -- --write   writes them into docs/costs.md and README.md
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { tables } from './costs/tables.js';

const FILES = ['costs.md', '../README.md'].map((path) => new URL(path, import.meta.url));

/** A table in a document, between two comments that are invisible to a reader. */
const PLACE = /(<!-- costs: (\w+) -->\n\n).*?(<!-- end -->)/gs;

if (readOptions().write) {
  for (const file of FILES) {
    const document = readFileSync(file, 'utf8');
    const filled = document.replace(PLACE, (_, begin: string, name: string, end: string) => {
      const table = tables[name];
      if (!table) throw new Error(`docs/costs: there is no table ${name}`);
      return `${begin}${table()}\n\n${end}`;
    });
    if (filled !== document) writeFileSync(file, filled);
  }
} else {
  for (const [name, table] of Object.entries(tables)) console.log(`${name}\n\n${table()}\n`);
}

/** Reads the flags; ends the process if one is unknown. */
function readOptions(): { write?: boolean | undefined } {
  try {
    return parseArgs({ options: { write: { type: 'boolean' } } }).values;
  } catch (error) {
    console.error(`${String((error as Error).message).split('. ')[0]}: the only flag is --write`);
    process.exit(2);
  }
}
