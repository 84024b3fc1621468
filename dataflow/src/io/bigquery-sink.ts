/** Writing to BigQuery, by a transform of Beam's Java SDK. */

import type { Column } from 'iex-contract/infrastructure';
import type { RefusedRow } from '../pipeline/steps';
import * as beam from '../sdk/beam';
import { schemaTransform } from '../sdk/external';
import { RowCoder } from '../sdk/row-coder';
import * as rows from '../sdk/row-schema';

/** How often rows are flushed to a table, in seconds: rarely, so that appends are few and large. */
const FLUSH_SECONDS = 5;

/**
 * https://beam.apache.org/releases/javadoc/2.73.0/org/apache/beam/sdk/io/gcp/bigquery/providers/BigQueryWriteConfiguration.html
 */
const WRITE_SCHEMA = rows.rowSchema({
  auto_sharding: rows.nullable(rows.BOOLEAN),
  big_lake_configuration: rows.nullable(rows.mapOf(rows.STRING, rows.STRING)),
  clustering_fields: rows.nullable(rows.arrayOf(rows.STRING)),
  create_disposition: rows.nullable(rows.STRING),
  drop: rows.nullable(rows.arrayOf(rows.STRING)),
  error_handling: rows.nullable(rows.rowOf({ output: rows.STRING })),
  keep: rows.nullable(rows.arrayOf(rows.STRING)),
  kms_key: rows.nullable(rows.STRING),
  num_streams: rows.nullable(rows.INT32),
  only: rows.nullable(rows.STRING),
  primary_key: rows.nullable(rows.arrayOf(rows.STRING)),
  table: rows.STRING,
  triggering_frequency_seconds: rows.nullable(rows.INT64),
  use_at_least_once_semantics: rows.nullable(rows.BOOLEAN),
  use_cdc_writes: rows.nullable(rows.BOOLEAN),
  write_disposition: rows.nullable(rows.STRING),
});

/**
 * Beam's type for each BigQuery type. A TIMESTAMP is sent as microseconds since the epoch, which
 * the Storage Write API accepts: with Beam's own timestamp types, Java fails when it returns a
 * refused row (2.70 to 2.73).
 */
const FIELD_TYPES = {
  STRING: rows.STRING,
  FLOAT: rows.DOUBLE,
  INTEGER: rows.INT64,
  TIMESTAMP: rows.INT64,
};

/** The Beam schema of a table's rows; times are microseconds since the epoch. */
export function tableRowSchema(columns: readonly Column[]) {
  return rows.rowSchema(
    Object.fromEntries(
      columns.map(({ name, type, mode }) => [
        name,
        mode === 'REQUIRED' ? FIELD_TYPES[type] : rows.nullable(FIELD_TYPES[type]),
      ]),
    ),
  );
}

/**
 * Appends rows to an existing table with BigQuery's Storage Write API, in exactly-once mode.
 *
 * @param table PROJECT:DATASET.TABLE
 * @param columns of the table; each row has them as fields
 * @param expansionService address of the service that expands the transform, HOST:PORT
 * @returns the rows that BigQuery refused
 */
export function writeToBigQuery<T extends object>(
  table: string,
  columns: readonly Column[],
  expansionService: string,
) {
  const storageWrite = schemaTransform<
    beam.PValue<unknown>,
    { errors: beam.PCollection<RefusedRow> }
  >(
    'beam:schematransform:org.apache.beam:bigquery_storage_write:v2',
    {
      schema: WRITE_SCHEMA,
      row: {
        table,
        auto_sharding: true,
        create_disposition: 'CREATE_NEVER',
        error_handling: { output: 'errors' },
        triggering_frequency_seconds: FLUSH_SECONDS,
        write_disposition: 'WRITE_APPEND',
      },
    },
    expansionService,
  );
  return beam.withName(
    `Write to ${table.replace(/.*\./, '')}`,
    async (input: beam.PCollection<T>): Promise<beam.PCollection<RefusedRow>> => {
      const coder: beam.Coder<unknown> = new RowCoder(tableRowSchema(columns));
      const typed = input.apply(
        beam.withName('As rows', beam.withCoderInternal(coder as beam.Coder<T>)),
      );
      const { errors } = await beam
        .P({ input: typed })
        .applyAsync(beam.withName('Storage Write API', storageWrite));
      return errors;
    },
  );
}
