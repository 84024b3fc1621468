import { type Column, tableColumns } from 'iex-contract/infrastructure';

export interface Table {
  /** PROJECT:DATASET.TABLE */
  name: string;
  columns: readonly Column[];
}

/** The tables that rows and dead letters are written to. */
export interface Tables {
  quote: Table;
  deadLetter: Table;
}

/** The tables that Terraform creates in a project. */
export function deployedTables(project: string): Tables {
  const table = (name: 'quote' | 'dead_letter'): Table => ({
    name: `${project}:iex.${name}`,
    columns: tableColumns(name),
  });
  return { quote: table('quote'), deadLetter: table('dead_letter') };
}
