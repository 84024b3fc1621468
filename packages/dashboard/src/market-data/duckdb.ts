import {
  BIGINT,
  type DuckDBConnection,
  DuckDBTimestampTZValue,
  type DuckDBType,
  type DuckDBValue,
  LIST,
  listValue,
  TIMESTAMPTZ,
  VARCHAR,
} from '@duckdb/node-api';
import {
  SqlMarketData,
  type SqlParameter,
  type SqlValue,
  type TimeRange,
} from './sql-market-data.js';

const DAY = 24 * 60 * 60_000;

/** Reads the DuckDB file of the local run. */
export class DuckDbMarketData extends SqlMarketData {
  readonly #connection: DuckDBConnection;

  /** @param connection to a database that `Store` has set up; closed by `close` */
  constructor(connection: DuckDBConnection, now: () => number = Date.now) {
    super(
      'iex',
      (view, from, to) =>
        `(SELECT * FROM iex.${view} WHERE window_end >= ${from} AND window_end <= ${to})`,
      now,
    );
    this.#connection = connection;
  }

  close(): void {
    this.#connection.closeSync();
  }

  protected async query<Row extends { [Column in keyof Row]: SqlValue }>(
    sql: string,
    parameters: Record<string, SqlParameter>,
  ): Promise<Row[]> {
    const values: Record<string, DuckDBValue> = {};
    const types: Record<string, DuckDBType> = {};
    for (const [name, parameter] of Object.entries(parameters)) {
      [values[name], types[name]] = bind(parameter);
    }
    const reader = await this.#connection.runAndReadAll(sql.replaceAll('@', '$'), values, types);
    return reader.getRowObjects().map((row) => {
      const entries = Object.entries(row).map(([column, value]) => [column, plain(value)]);
      return Object.fromEntries(entries) as Row;
    });
  }

  /**
   * Increasingly long ranges: those without quotes cost next to nothing, because no row group
   * covers that time.
   */
  protected async olderRanges(before: number): Promise<TimeRange[]> {
    const ranges: TimeRange[] = [];
    for (let to = before, length = DAY; to > 0; length *= 10) {
      const from = Math.max(to - length, 0);
      ranges.push({ from, to });
      to = from;
    }
    return ranges;
  }
}

/**
 * A parameter with its type, which must be the column's: otherwise DuckDB converts every row to
 * compare them.
 */
function bind(parameter: SqlParameter): [DuckDBValue, DuckDBType] {
  if (typeof parameter === 'number') return [BigInt(parameter), BIGINT];
  if (typeof parameter === 'string') return [parameter, VARCHAR];
  if (parameter instanceof Date) return [instant(parameter), TIMESTAMPTZ];
  return [listValue(parameter.map(instant)), LIST(TIMESTAMPTZ)];
}

function instant(date: Date): DuckDBTimestampTZValue {
  return new DuckDBTimestampTZValue(BigInt(date.getTime()) * 1000n);
}

function plain(value: DuckDBValue): SqlValue {
  if (value instanceof DuckDBTimestampTZValue) return Number(value.micros / 1000n);
  if (typeof value === 'bigint') return Number(value);
  return value as SqlValue;
}
