/** The pipeline's outside in the cloud, which are transforms of Beam's Java SDK. */

import type { RefusedRow } from '../pipeline/steps';
import * as beam from '../sdk/beam';
import { externalTransform, schemaTransform } from '../sdk/external';
import { RowCoder } from '../sdk/row-coder';
import * as rows from '../sdk/row-schema';

/** A column of a BigQuery table schema in JSON (https://cloud.google.com/bigquery/docs/schemas#specifying_a_json_schema_file). */
export interface Column {
  name: string;
  type: 'STRING' | 'FLOAT' | 'INTEGER' | 'TIMESTAMP';
  mode?: 'NULLABLE' | 'REQUIRED';
}

/** The attribute of a message by which its repetitions are known. */
const ID_ATTRIBUTE = 'quote_id';

/**
 * How often a table's streams are flushed, in seconds: rows are seen as much later, and BigQuery keeps appends few and
 * large.
 */
const FLUSH_SECONDS = 5;

/**
 * Reads a Pub/Sub subscription's payloads, each with its publish time. Of messages that share a `quote_id`, published
 * within ten minutes, one is read (https://cloud.google.com/dataflow/docs/concepts/streaming-with-cloud-pubsub).
 *
 * @param subscription projects/P/subscriptions/S
 * @param expansionService address of the service that has the transform, HOST:PORT
 */
export function readFromPubSub(subscription: string, expansionService: string) {
  return beam.withName(
    'Read from Pub/Sub',
    externalTransform<beam.Root, beam.PCollection<Uint8Array>>(
      'beam:transform:org.apache.beam:pubsub_read:v1',
      {
        schema: rows.rowSchema({ subscription: rows.STRING, id_label: rows.STRING }),
        row: { subscription, id_label: ID_ATTRIBUTE },
      },
      expansionService,
    ),
  );
}

/** https://beam.apache.org/releases/javadoc/2.73.0/org/apache/beam/sdk/io/gcp/bigquery/providers/BigQueryWriteConfiguration.html */
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
 * The types that Java is told. A TIMESTAMP goes as microseconds since the epoch, which the Storage Write API takes: with
 * Beam's own types of instants, Java fails on the path of refused rows (2.70 to 2.73).
 */
const FIELD_TYPES = {
  STRING: rows.STRING,
  FLOAT: rows.DOUBLE,
  INTEGER: rows.INT64,
  TIMESTAMP: rows.INT64,
};

/** The schema of a table's rows, times in microseconds since the epoch. */
export function tableRowSchema(columns: readonly Column[]) {
  return rows.rowSchema(
    Object.fromEntries(
      columns.map(({ name, type, mode = 'NULLABLE' }) => [
        name,
        mode === 'REQUIRED' ? FIELD_TYPES[type] : rows.nullable(FIELD_TYPES[type]),
      ]),
    ),
  );
}

/**
 * Appends rows to a table that is there, each exactly once, by BigQuery's Storage Write API.
 *
 * @param table PROJECT:DATASET.TABLE
 * @param columns the table's, which the rows have as fields
 * @param expansionService address of the service that has the transform, HOST:PORT
 * @returns what BigQuery refused
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
