/** Reading from Pub/Sub, by a transform of Beam's Java SDK. */

import * as beam from '../sdk/beam';
import { externalTransform } from '../sdk/external';
import * as rows from '../sdk/row-schema';

/** The attribute that all deliveries of the same quote share. */
const ID_ATTRIBUTE = 'quote_id';

/**
 * Reads the payloads of a Pub/Sub subscription, each with its publish time as timestamp.
 *
 * `id_label` asks for messages with the same `quote_id` to be read once. Do not rely on it: Java's
 * own read (2.73) drops the result of its deduplication, so on Flink and Prism repeated messages
 * come through. Dataflow replaces that read with its service's, which is documented to deduplicate
 * within ten minutes (https://cloud.google.com/dataflow/docs/concepts/streaming-with-cloud-pubsub).
 * The views therefore count a repeated row once.
 *
 * @param subscription projects/P/subscriptions/S
 * @param expansionService address of the service that expands the transform, HOST:PORT
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
