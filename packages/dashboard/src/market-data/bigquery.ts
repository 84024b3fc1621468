import { BigQuery } from '@google-cloud/bigquery';
import { OperationalError, UsageError } from 'iex-cli/errors';
import {
  SqlMarketData,
  type SqlParameter,
  type SqlValue,
  type TimeRange,
} from './sql-market-data.js';

const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;

/** Labels by which to find the queries in the billing export and in INFORMATION_SCHEMA.JOBS. */
const LABELS = { application: 'iex-stream', component: 'dashboard' };

/** BigQuery refused a query or could not be reached; the message is one line. */
export class BigQueryError extends OperationalError {
  override name = 'BigQueryError';
}

export interface BigQueryMarketDataOptions {
  /** The project that holds the dataset and pays for the queries. */
  projectId: string;
  dataset: string;
  /** BigQuery refuses a query that would bill more, at no cost. */
  maximumBytesBilled: number;
  /** Another endpoint than Google's, for tests. */
  apiEndpoint?: string;
  now?: () => number;
}

/** Reads a deployed dataset, with application default credentials. */
export class BigQueryMarketData extends SqlMarketData {
  readonly #client: BigQuery;
  readonly #dataset: string;
  readonly #maximumBytesBilled: string;

  /** @throws {UsageError} for an invalid project ID or dataset name */
  constructor({ projectId, dataset, now = Date.now, ...options }: BigQueryMarketDataOptions) {
    // The names become part of SQL and of URLs.
    // https://cloud.google.com/resource-manager/docs/creating-managing-projects#before_you_begin
    if (!/^([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/.test(projectId)) {
      throw new UsageError(`'${projectId}' is not a valid project ID`);
    }
    // https://cloud.google.com/bigquery/docs/datasets#dataset-naming
    if (!/^[A-Za-z0-9_]{1,1024}$/.test(dataset)) {
      throw new UsageError(
        `'${dataset}' is not a valid dataset name: use letters, digits and underscores only`,
      );
    }
    super(
      `\`${dataset}\``,
      // Table functions, because a view that computes windows cannot be bounded by its results.
      (view, from, to) => `\`${dataset}\`.${view}_between(${from}, ${to})`,
      now,
    );
    this.#dataset = dataset;
    this.#maximumBytesBilled = String(options.maximumBytesBilled);
    this.#client = new BigQuery({
      projectId,
      ...(options.apiEndpoint && { apiEndpoint: options.apiEndpoint }),
    });
  }

  /**
   * Runs first queries, so that a problem with credentials, project, dataset or limit is reported
   * before a page waits.
   *
   * @throws {BigQueryError} if there is a problem
   */
  async check(): Promise<void> {
    try {
      // Without credentials, the client would send the query anyway and wait for the refusal.
      await this.#client.authClient.getClient();
    } catch (error) {
      throw this.#explained(error as Error);
    }
    await this.deadLetters();
    await this.activity(1, Date.now());
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

  /**
   * The newest days that have rows or, if BigQuery computes the windows, quotes, from the table's
   * metadata, so that a search reads only these days. The windows of a quote may end on the next
   * day.
   */
  protected async olderRanges(before: number): Promise<TimeRange[]> {
    const rows = await this.query<{ day: string }>(
      `
      SELECT DISTINCT partition_id AS day
      FROM \`${this.#dataset}\`.INFORMATION_SCHEMA.PARTITIONS
      WHERE table_name IN ('quote', 'tick') AND total_rows > 0 AND REGEXP_CONTAINS(partition_id, r'^\\d{8}$')
        AND partition_id <= @today
      ORDER BY day DESC
      LIMIT 2`,
      { today: new Date(before).toISOString().slice(0, 10).replaceAll('-', '') },
    );
    return rows.map(({ day }) => {
      const from = Date.parse(day.replace(/(....)(..)(..)/, '$1-$2-$3'));
      return { from, to: Math.min(from + DAY + HOUR, before) };
    });
  }

  #explained(cause: Error): BigQueryError {
    const [reason] = cause.message.split('\n');
    if (reason?.startsWith('Could not load the default credentials')) {
      const message =
        'No application default credentials: run `gcloud auth application-default login`';
      return new BigQueryError(message, { cause });
    }
    if (/not found: \S*_between\b/i.test(reason ?? '')) {
      const message = `Dataset ${this.#dataset} has no table functions: deploy again, it was deployed by an earlier version`;
      return new BigQueryError(message, { cause });
    }
    const where = `dataset ${this.#dataset} of project ${this.#client.projectId}`;
    return new BigQueryError(`BigQuery, ${where}: ${reason}`, { cause });
  }
}

/**
 * Converts dates to timestamps explicitly, because the client does not recognise them within a
 * list.
 */
function bind(parameter: SqlParameter): unknown {
  if (parameter instanceof Date) return BigQuery.timestamp(parameter);
  return Array.isArray(parameter) ? parameter.map(bind) : parameter;
}

/** Timestamps arrive as objects that contain them in ISO 8601. */
function plain(value: unknown): SqlValue {
  if (typeof value === 'object' && value !== null && 'value' in value) {
    return Date.parse(String(value.value));
  }
  return value as SqlValue;
}
