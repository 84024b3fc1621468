import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Table, Tables } from '../../io/write-results';

/** What Terraform creates, the templates are built for. */
const INFRASTRUCTURE = join(__dirname, '../../../../infrastructure');

const readJson = (path: string) => JSON.parse(readFileSync(join(INFRASTRUCTURE, path), 'utf8'));

/** The tables of the data set `iex`. */
export function deployedTables(project: string): Tables {
  const table = (name: string): Table => ({
    name: `${project}:iex.${name}`,
    columns: readJson(`schemas/${name}.json`),
  });
  return { quote: table('quote'), deadLetter: table('dead_letter') };
}
