import { DuckDBInstance } from '@duckdb/node-api';
import { FIELDS, fieldProblem } from '../input/fields.js';
import { InputError } from '../input/input-error.js';
import { type InputRecord, recordOf } from '../input/record.js';

/** What DuckDB keeps in memory at most while it reads. */
const MEMORY_LIMIT = '128MB';

/**
 * The rows of a Parquet file as records, each the JSON of a quote.
 *
 * @param onRead called with the part of the file that was read, from 0 to 1
 * @throws {InputError} if the file is damaged, or its columns are not those of a quote
 */
export async function* readParquet(
  file: string,
  onRead: (part: number) => void,
): AsyncGenerator<InputRecord> {
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: MEMORY_LIMIT });
  try {
    const connection = await instance.connect();
    await connection.run("SET TimeZone = 'UTC'");
    await connection.run('SET VARIABLE file = $1', [file]);
    const query = async (sql: string) => (await connection.runAndReadAll(sql)).getRows();
    const described = await query(`DESCRIBE FROM ${TABLE}`);
    const types = new Map(described.map(([name, type]) => [`${name}`.toLowerCase(), `${type}`]));
    checkColumns([...types.keys()], types.get('event_time'));
    const [[total] = []] = await query(`SELECT count(*) FROM ${TABLE}`);
    const result = await connection.stream(`SELECT ${toJson(types)} FROM ${TABLE}`);
    let rows = 0;
    for await (const chunk of result.yieldRows()) {
      rows += chunk.length;
      onRead(rows / Number(total));
      for (const [json] of chunk) yield recordOf(Buffer.from(json as string));
    }
  } catch (error) {
    if (error instanceof InputError) throw error;
    const [reason] = (error as Error).message.split('\n');
    throw new InputError(`is Parquet that cannot be read: ${reason}`, { cause: error });
  } finally {
    instance.closeSync();
  }
}

const TABLE = "read_parquet(getvariable('file'))";
const INSTANT = 'TIMESTAMP WITH TIME ZONE';

function checkColumns(columns: readonly string[], timeType: string | undefined): void {
  const problem = fieldProblem(columns);
  if (problem) throw new InputError(`is Parquet and ${problem}`);
  if (timeType !== INSTANT && timeType !== 'VARCHAR') {
    throw new InputError(
      `is Parquet whose event_time is of type ${timeType}: it must be a timestamp that is adjusted to UTC, or text`,
    );
  }
}

/** The expression that makes a quote's JSON of a row. */
function toJson(types: ReadonlyMap<string, string>): string {
  const values = FIELDS.map((field) =>
    types.get(field) === INSTANT ? `strftime(${field}, '%Y-%m-%dT%H:%M:%S.%fZ')` : field,
  );
  return `json_object(${FIELDS.map((field, i) => `'${field}', ${values[i]}`).join(', ')})::VARCHAR`;
}
