/** The data that a change of a resource deletes for good. */
import type { Kind, ResourceChange } from './plan.js';

type Values = Record<string, unknown>;

/** What is lost with a deleted resource. A job that is drained first writes what it has read. */
const LOST_WITH: Readonly<Record<string, (before: Values) => string | undefined>> = {
  google_bigquery_dataset: () => 'all its tables',
  google_bigquery_table: ({ view, materialized_view: materializedView }) =>
    isEmpty(view) && isEmpty(materializedView) ? 'its rows' : undefined,
  google_dataflow_job: ({ on_delete: onDelete }) =>
    onDelete === 'cancel'
      ? 'what it has read and not written (dataflow_on_delete = "cancel")'
      : undefined,
  google_pubsub_subscription: () => 'its messages',
  google_secret_manager_secret: () => 'all versions of its value',
};

/** The data that is lost with a change in place. */
const LOST_BY: Readonly<Record<string, (before: Values, after: Values) => string[]>> = {
  google_bigquery_table: (before, after) => [
    ...lostColumns(before, after),
    ...lostDays(before, after),
  ],
  google_pubsub_subscription: (before, after) => {
    const [old, kept] = [before, after].map((values) => seconds(values.message_retention_duration));
    return old && kept && kept < old ? [`its messages that are older than ${kept} s`] : [];
  },
};

/** Describes what a change loses, in a line for each loss. */
export function lossesOf({ address, type, change }: ResourceChange, kind: Kind): string[] {
  const before = change.before ?? {};
  const isDeleted = kind === 'destroy' || kind === 'replace';
  const lost = isDeleted
    ? [LOST_WITH[type]?.(before)]
    : kind === 'change'
      ? (LOST_BY[type]?.(before, change.after ?? {}) ?? [])
      : [];
  return lost.filter((what) => what !== undefined).map((what) => `${address} (${kind}): ${what}`);
}

/** A column of a BigQuery schema. */
interface Column {
  name: string;
  fields?: Column[];
}

/** The provider drops a column that is no longer in the schema, in place and with its values. */
function lostColumns(before: Values, after: Values): string[] {
  // BigQuery does not distinguish upper and lower case.
  const kept = new Set(columnsOf(after.schema).map((path) => path.toLowerCase()));
  const lost = columnsOf(before.schema).filter((path) => !kept.has(path.toLowerCase()));
  return lost.map((path) => `column ${path} and its values`);
}

/** The paths of all columns, such as `a` and `a.b`. */
function columnsOf(schema: unknown): string[] {
  const paths = (columns: Column[], prefix = ''): string[] =>
    columns.flatMap(({ name, fields = [] }) => [
      `${prefix}${name}`,
      ...paths(fields, `${prefix}${name}.`),
    ]);
  return typeof schema === 'string' && schema ? paths(JSON.parse(schema)) : [];
}

/** A shorter expiration also deletes existing partitions. */
function lostDays(before: Values, after: Values): string[] {
  const [old, kept] = [before, after].map(expirationMs);
  const isShorter = kept !== undefined && kept < (old ?? Number.POSITIVE_INFINITY);
  return isShorter ? [`its rows that are older than ${kept / 86_400_000} days`] : [];
}

/** After how long a partition is deleted, in ms; undefined for never. */
function expirationMs({ time_partitioning: partitioning }: Values): number | undefined {
  const [first] = Array.isArray(partitioning) ? partitioning : [];
  return first?.expiration_ms || undefined;
}

const isEmpty = (value: unknown) => !Array.isArray(value) || value.length === 0;

/** Of a duration such as `1800s`. */
const seconds = (duration: unknown) =>
  typeof duration === 'string' ? Number.parseFloat(duration) : undefined;
