/** The pipeline from Pub/Sub to BigQuery, as Dataflow runs it. */

import { createPipeline } from '../pipeline/pipeline';
import * as beam from '../sdk/beam';
import { readFromPubSub } from './pubsub-source';
import type { Tables } from './tables';
import { writeResults } from './write-results';

export interface StreamingOptions {
  /** projects/P/subscriptions/S */
  subscription: string;
  /** Lengths of the sliding windows, in minutes. */
  resolutions: readonly number[];
  tables: Tables;
  /** Address of the expansion service, HOST:PORT. */
  expansionService: string;
}

/**
 * Builds the proto of the streaming pipeline, with Java's transforms expanded.
 *
 * @throws {Error} if the expansion service does not respond or refuses a transform
 */
export async function streamingPipeline({
  subscription,
  resolutions,
  tables,
  expansionService,
}: StreamingOptions): Promise<beam.PipelineProto> {
  const pipeline = new beam.Pipeline();
  const root = new beam.Root(pipeline);
  const messages = await root.applyAsync(readFromPubSub(subscription, expansionService));
  await writeResults(createPipeline(messages, resolutions), tables, expansionService);
  return pipeline.getProto();
}
