import { BigQuery } from '@google-cloud/bigquery';
import { OperationalError, UsageError } from 'iex-cli/errors';
import {
  SqlMarketData,
  type SqlParameter,
  type SqlValue,
  type TimeRange,
} from './sql-market-data.js';

const DAY = 24 * 60 * 60_000;

/** By these the queries are found in the billing export and in INFORMATION_SCHEMA.JOBS. */
const LABELS = { application: 'iex-stream', component: 'dashboard' };

/** BigQuery refused a query or could not be reached; the message is one line. */
export class BigQueryError extends OperationalError {
  override name = 'BigQueryError';
}

export interface BigQueryMarketDataOptions {
  /** The project that holds the data set and pays for the queries. */
  projectId: string;
  dataset: string;
  /** A query that would bill more is refused by BigQuery, at no cost. */
  maximumBytesBilled: number;
  /** Other than Google's own, for tests. */
  apiEndpoint?: string;
  now?: () => number;
}

/** Reads a deployed data set, with application default credentials. */
export class BigQueryMarketData extends SqlMarketData {
  readonly #client: BigQuery;
  readonly #dataset: string;
  readonly #maximumBytesBilled: string;

  /** @throws {UsageError} for a project or data set that cannot be one */
  constructor({ projectId, dataset, now = Date.now, ...options }: BigQueryMarketDataOptions) {
    // The names become part of SQL and of URLs.
    // https://cloud.google.com/resource-manager/docs/creating-managing-projects#before_you_begin
    if (!/^([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/.test(projectId)) {
      throw new UsageError(`'${projectId}' is no project id`);
    }
    // https://cloud.google.com/bigquery/docs/datasets#dataset-naming
    if (!/^[A-Za-z0-9_]{1,1024}$/.test(dataset)) {
      throw new UsageError(`'${dataset}' is no data set: letters, digits and underscores only`);
    }
    super(`\`${dataset}\``, now);
    this.#dataset = dataset;
    this.#maximumBytesBilled = String(options.maximumBytesBilled);
    this.#client = new BigQuery({
      projectId,
      ...(options.apiEndpoint && { apiEndpoint: options.apiEndpoint }),
    });
  }

  /**
   * Asks a first question, so that what is wrong with credentials, project or data set is told before a page waits.
   *
   * @throws {BigQueryError} that says what is wrong
   */
  async check(): Promise<void> {
    try {
      // Without credentials the client would ask all the same, and wait to be refused.
      await this.#client.authClient.getClient();
    } catch (error) {
      throw this.#explained(error as Error);
    }
    await this.deadLetters();
  }

  close(): void {
    // The client keeps nothing open.
  }

  protected async query<Row extends { [Column in keyof Row]: SqlValue }>(
    sql: string,
    parameters: Record<string, SqlParameter>,
  ): Promise<Row[]> {
    try {
      const [rows] = await this.#client.query({
        query: sql,
        params: Object.fromEntries(
          Object.entries(parameters).map(([name, value]) => [name, bind(value)]),
        ),
        maximumBytesBilled: this.#maximumBytesBilled,
        labels: LABELS,
      });
      return rows.map((row: Record<string, unknown>) => {
        const entries = Object.entries(row).map(([column, value]) => [column, plain(value)]);
        return Object.fromEntries(entries) as Row;
      });
    } catch (error) {
      throw this.#explained(error as Error);
    }
  }

  /** The newest days that have rows, from the table's metadata: to search them costs what they hold, and no day more. */
  protected async olderRanges(before: number): Promise<TimeRange[]> {
    const rows = await this.query<{ day: string }>(
      `
      SELECT partition_id AS day
      FROM \`${this.#dataset}\`.INFORMATION_SCHEMA.PARTITIONS
      WHERE table_name = 'quote' AND total_rows > 0 AND REGEXP_CONTAINS(partition_id, r'^\\d{8}$')
        AND partition_id <= @today
      ORDER BY day DESC
      LIMIT 2`,
      { today: new Date(before).toISOString().slice(0, 10).replaceAll('-', '') },
    );
    return rows.map(({ day }) => {
      const from = Date.parse(day.replace(/(....)(..)(..)/, '$1-$2-$3'));
      return { from, to: Math.min(from + DAY, before) };
    });
  }

  #explained(cause: Error): BigQueryError {
    const [reason] = cause.message.split('\n');
    if (reason?.startsWith('Could not load the default credentials')) {
      const message =
        'No application default credentials: run `gcloud auth application-default login`';
      return new BigQueryError(message, { cause });
    }
    const where = `data set ${this.#dataset} of project ${this.#client.projectId}`;
    return new BigQueryError(`BigQuery, ${where}: ${reason}`, { cause });
  }
}

/** Dates become timestamps by name, because the client does not take them for such within a list. */
function bind(parameter: SqlParameter): unknown {
  if (parameter instanceof Date) return BigQuery.timestamp(parameter);
  return Array.isArray(parameter) ? parameter.map(bind) : parameter;
}

/** Timestamps come as objects that hold them in ISO 8601. */
function plain(value: unknown): SqlValue {
  if (typeof value === 'object' && value !== null && 'value' in value) {
    return Date.parse(String(value.value));
  }
  return value as SqlValue;
}
