/**
 * What a BigQuery subscription with `use_table_schema`, `drop_unknown_fields` and `write_metadata`
 * makes of a message, by Google's documentation. Each rule names its source; `DOCS` is
 * https://cloud.google.com/pubsub/docs.
 */
import { readFileSync } from 'node:fs';

/** A message as it was published. */
export interface PublishedMessage {
  data: Uint8Array;
  attributes: Record<string, string>;
  messageId: string;
  /** In microseconds since the epoch. */
  publishTime: number;
}

/** A row, by column. A `bigint` is a TIMESTAMP in microseconds since the epoch. */
export type Row = Record<string, string | number | bigint | Uint8Array | null>;

/** A row of the table `tick` or, if it cannot be written there, one of `tick_dead_letter`. */
export type Written = { tick: Row } | { deadLetter: Row };

export interface Column {
  name: string;
  type: 'STRING' | 'FLOAT' | 'TIMESTAMP' | 'BYTES';
  mode: 'REQUIRED' | 'NULLABLE';
}

const schema = (table: string): Column[] =>
  JSON.parse(
    readFileSync(new URL(`../../../infrastructure/schemas/${table}.json`, import.meta.url), 'utf8'),
  );

export const tickColumns = schema('tick');
export const deadLetterColumns = schema('tick_dead_letter');

/** DOCS/create-bigquery-subscription#write-metadata */
const METADATA = ['subscription_name', 'message_id', 'publish_time', 'attributes'];

/**
 * A string in BigQuery's canonical format of a timestamp; without an offset it is UTC.
 * https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#timestamp_type
 */
const CANONICAL =
  /^(\d{4})-(\d\d?)-(\d\d?)(?:[ Tt](\d\d?):(\d\d?):(\d\d?)(?:\.(\d{0,6}))?)? ?(?:[Zz]|([+-])(\d\d?)(?::(\d\d))?)?$/;

/** A message cannot be written; the message says why. */
class Incompatible extends Error {}

/** Writes a message into the table, or through the dead-letter topic into its table. */
export function writeMessage(message: PublishedMessage): Written {
  try {
    const fields = parse(message.data);
    const values = tickColumns
      .filter(({ name }) => !METADATA.includes(name))
      .map((column) => [column.name, convert(fields[column.name], column)]);
    return { tick: { ...Object.fromEntries(values), ...metadata(message, 'tick') } };
  } catch (error) {
    if (!(error instanceof Incompatible)) throw error;
    return { deadLetter: forward(message, error.message) };
  }
}

/** Messages must be JSON: DOCS/create-bigquery-subscription#use-table-schema */
function parse(data: Uint8Array): Record<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(data));
  } catch {
    throw new Incompatible('The message is not JSON');
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new Incompatible('The message is not a JSON object');
  }
  // Fields without a column are dropped: DOCS/create-bigquery-subscription#drop-unknown-fields
  return json as Record<string, unknown>;
}

function convert(value: unknown, { name, type, mode }: Column): Row[string] {
  if (value === undefined || value === null) {
    // "BigQuery fields that are not in the message must be NULLABLE":
    // DOCS/create-bigquery-subscription#use-table-schema
    if (mode === 'REQUIRED') throw new Incompatible(`${name}: missing`);
    return null;
  }
  // "A message that contains an improperly formatted field is not written":
  // DOCS/bigquery#schema_compatibility
  if (type === 'STRING' && typeof value === 'string' && !/\p{Cs}/u.test(value)) return value;
  if (type === 'FLOAT' && typeof value === 'number' && Number.isFinite(value)) return value;
  if (type === 'TIMESTAMP') {
    // "The number of microseconds since the Unix epoch": DOCS/bigquery#date_time_int
    if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
    const microseconds = typeof value === 'string' ? readTimestamp(value) : undefined;
    if (microseconds !== undefined) return BigInt(microseconds);
  }
  throw new Incompatible(`${name}: cannot be converted to ${type}`);
}

function readTimestamp(text: string): number | undefined {
  const match = CANONICAL.exec(text);
  if (!match) return undefined;
  const [year, month, day, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => (part === undefined ? undefined : Number(part)));
  const [fraction = '', sign, offsetHours = '0', offsetMinutes = '0'] = match.slice(7);
  const date = new Date(Date.UTC(year!, month! - 1, day));
  const isDate = date.getUTCMonth() === month! - 1 && date.getUTCDate() === day && year! > 0;
  if (!isDate || hour > 23 || minute > 59 || second > 59) return undefined;
  const offset = (sign === '-' ? -1 : 1) * (Number(offsetHours) * 60 + Number(offsetMinutes));
  if (Math.abs(offset) > 14 * 60) return undefined;
  const wholeSeconds = date.getTime() + ((hour * 60 + minute - offset) * 60 + second) * 1000;
  return wholeSeconds * 1000 + Number(fraction.padEnd(6, '0'));
}

/**
 * A dead-letter topic gets the data as it was, and the reason in an attribute:
 * DOCS/bigquery#handle_message_failures. The other attributes: DOCS/dead-letter-topics. It is a new
 * message. `data` of type BYTES takes every message: DOCS/create-bigquery-subscription#write-metadata
 */
function forward(message: PublishedMessage, reason: string): Row {
  const forwarded: PublishedMessage = {
    data: message.data,
    attributes: {
      ...message.attributes,
      CloudPubSubDeadLetterSourceDeliveryErrorMessage: reason,
      CloudPubSubDeadLetterSourceDeliveryCount: '5',
      CloudPubSubDeadLetterSourceSubscription: 'iex-aggregate-tick',
      CloudPubSubDeadLetterSourceSubscriptionProject: 'p',
      CloudPubSubDeadLetterSourceTopicPublishTime: new Date(
        message.publishTime / 1000,
      ).toISOString(),
    },
    messageId: `${message.messageId}-dead`,
    publishTime: message.publishTime + 60e6,
  };
  return { ...metadata(forwarded, 'tick-dead-letter'), data: message.data };
}

/** The metadata's columns, types and content: DOCS/create-bigquery-subscription#write-metadata */
function metadata({ messageId, publishTime, attributes }: PublishedMessage, name: string): Row {
  return {
    subscription_name: `projects/p/subscriptions/iex-aggregate-${name}`,
    message_id: messageId,
    publish_time: BigInt(publishTime),
    attributes: JSON.stringify(attributes),
  };
}
