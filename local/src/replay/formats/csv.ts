import { parse } from 'csv-parse/sync';
import { FIELDS, fieldProblem } from '../input/fields.js';
import { InputError } from '../input/input-error.js';
import { type InputRecord, recordOf } from '../input/record.js';
import { readLines } from './json-lines.js';

const DELIMITERS = [',', ';', '\t', '|'];

/**
 * The most lines of a field with line ends in it: a quotation mark that is never closed would take
 * all lines.
 */
const MAX_LINES_OF_ROW = 100;

export interface CsvHeader {
  delimiter: string;
  /** In lower case. */
  columns: readonly string[];
}

/**
 * Reads the header of a CSV file: our names, in upper or lower case, in any order and among any
 * others.
 *
 * @param line the first line of a file
 * @returns undefined if the line has none of our names
 * @throws {InputError} if it lacks some of our names, or has one twice
 */
export function readCsvHeader(line: string): CsvHeader | undefined {
  const headers = DELIMITERS.map((delimiter) => {
    const columns = (splitRow(line, delimiter) ?? []).map((name) => name.trim().toLowerCase());
    return { delimiter, columns, known: columns.filter((name) => FIELDS.includes(name)).length };
  });
  const { delimiter, columns, known } = headers.reduce((a, b) => (b.known > a.known ? b : a));
  if (known === 0) return undefined;
  const problem = fieldProblem(columns);
  if (problem) throw new InputError(`is CSV and ${problem}`);
  return { delimiter, columns };
}

/**
 * The rows of a CSV file (RFC 4180) as records: each the JSON of a quote, or refused with the row
 * as it is.
 *
 * @param chunks the file from its header on
 */
export async function* readCsv(
  chunks: AsyncIterable<Buffer>,
  { delimiter, columns }: CsvHeader,
): AsyncGenerator<InputRecord> {
  const lines = new LinesAhead(readLines(chunks));
  await lines.next();
  for (let line = await lines.next(); line; line = await lines.next()) {
    const text = line.payload.toString('utf8');
    // Other code refuses lines that are too long or not UTF-8.
    if (line.refusal || !Buffer.from(text).equals(line.payload)) {
      yield line;
      continue;
    }
    const row = splitRow(text, delimiter) ?? (await lines.splitWithNext(text, delimiter));
    if (row?.length === columns.length) yield recordOf(Buffer.from(quoteOf(columns, row)));
    else yield recordOf(line.payload, row ? wrongLength(row, columns) : 'not a row of CSV');
  }
}

const wrongLength = (row: readonly string[], columns: readonly string[]) =>
  `${row.length} fields in the row, ${columns.length} in the header`;

/** Lines, some of which may have been read ahead to see if a row continues in them. */
class LinesAhead {
  readonly #lines: AsyncIterator<InputRecord>;
  #ahead: InputRecord[] = [];

  constructor(lines: AsyncIterable<InputRecord>) {
    this.#lines = lines[Symbol.asyncIterator]();
  }

  async next(): Promise<InputRecord | undefined> {
    return this.#ahead.shift() ?? (await this.#lines.next()).value;
  }

  /**
   * The fields of a row that begins with `text` and ends in a later line; undefined, and no line
   * taken, if none does.
   */
  async splitWithNext(text: string, delimiter: string): Promise<string[] | undefined> {
    if (!hasOpenQuote(text)) return undefined;
    let row = text;
    for (let lines = 0; lines < MAX_LINES_OF_ROW; lines += 1) {
      const line = this.#ahead[lines] ?? (await this.#lines.next()).value;
      if (!line) return undefined;
      this.#ahead[lines] = line;
      row += `\n${line.payload.toString('utf8')}`;
      if (hasOpenQuote(row)) continue;
      const fields = splitRow(row, delimiter);
      if (fields) this.#ahead.splice(0, lines + 1);
      return fields;
    }
    return undefined;
  }
}

const hasOpenQuote = (text: string) => text.split('"').length % 2 === 0;

/** The fields of a row; undefined if it is not well formed. */
function splitRow(row: string, delimiter: string): string[] | undefined {
  // A row without quotation marks needs no parser, whose start takes longer than everything else
  // here.
  if (!row.includes('"')) return row.split(delimiter);
  try {
    return parse(row, { delimiter, relax_column_count: true })[0];
  } catch {
    return undefined;
  }
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** The JSON of a quote. A price that is not a number stays text, for the pipeline to refuse. */
function quoteOf(columns: readonly string[], row: readonly string[]): string {
  const [symbol, price, event_time] = FIELDS.map((field) => row[columns.indexOf(field)]?.trim());
  const latest_price = price && NUMBER.test(price) ? Number(price) : price;
  return JSON.stringify({ symbol, latest_price, event_time: event_time || undefined });
}
