import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** The files that Terraform, the local run, the templates and the tests all read. */
const INFRASTRUCTURE = join(__dirname, '../../../infrastructure');

/**
 * A column of a BigQuery table schema in JSON
 * (https://cloud.google.com/bigquery/docs/schemas#specifying_a_json_schema_file).
 */
const columnSchema = z.object({
  name: z.string(),
  type: z.enum(['STRING', 'FLOAT', 'INTEGER', 'TIMESTAMP']),
  mode: z.enum(['NULLABLE', 'REQUIRED']).default('NULLABLE'),
});
export type Column = z.infer<typeof columnSchema>;

function readJson<T>(path: string, schema: z.ZodType<T>): T {
  return schema.parse(JSON.parse(readFileSync(join(INFRASTRUCTURE, path), 'utf8')));
}

/** The symbols that are followed by default. */
export const symbols: readonly string[] = readJson(
  'symbols.auto.tfvars.json',
  z.object({ symbols: z.array(z.string()).min(1) }),
).symbols;

/** The lengths of the sliding windows, in minutes. */
export const resolutions: readonly number[] = readJson(
  'resolutions.auto.tfvars.json',
  z.object({ resolutions: z.array(z.int().positive()).min(1) }),
).resolutions;

/** How long a subscription keeps messages and itself, in seconds. */
const retention = z.object({
  ack_deadline_seconds: z.int(),
  retain_acked_messages: z.boolean(),
  /** After how long without use the subscription is deleted; null: never. */
  expiration_seconds: z.int().nullable(),
});

const subscriptionSettings = z.object({
  /** Subscriptions that the pipelines read. */
  aggregate: retention.extend({ message_retention_seconds: z.int() }),
  /** Subscriptions that deliver to the functions. */
  push: retention.extend({
    message_retention_seconds: z.int(),
    max_delivery_attempts: z.int(),
    minimum_backoff_seconds: z.int(),
    maximum_backoff_seconds: z.int(),
  }),
  /**
   * Subscriptions that keep the messages that a function did not acknowledge. How long is a
   * variable of the deployment.
   */
  dead_letter: retention,
});
export type SubscriptionSettings = z.infer<typeof subscriptionSettings>;

/** The settings of all Pub/Sub subscriptions, as they are deployed. */
export function readSubscriptionSettings(): SubscriptionSettings {
  return readJson('subscriptions.json', subscriptionSettings);
}

/** The columns of a table, from its BigQuery schema. */
export function tableColumns(table: 'quote' | 'dead_letter'): Column[] {
  return readJson(`schemas/${table}.json`, z.array(columnSchema));
}

/** The query of a view, as Terraform's `templatefile` renders it. */
export function viewQuery(view: 'top_stocks' | 'percentage_gain', quoteTable: string): string {
  const template = readFileSync(join(INFRASTRUCTURE, `views/${view}.sql`), 'utf8');
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholder is Terraform's
  return template.replaceAll('${quote_table}', quoteTable);
}
