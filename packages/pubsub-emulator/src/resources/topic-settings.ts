import type { Topic } from '../protocol/messages.js';
import { unimplemented } from '../protocol/status.js';

/**
 * The configuration that the service would keep for `requested`.
 *
 * @throws {PubSubError} UNIMPLEMENTED for features that the emulator lacks
 */
export function toTopicConfig(requested: Topic): Topic {
  const features: [string, boolean][] = [
    ['message storage policies', requested.messageStoragePolicy !== null],
    ['customer-managed keys', requested.kmsKeyName !== ''],
    ['schemas', requested.schemaSettings !== null],
    ['message retention of topics', requested.messageRetentionDuration !== null],
    ['ingestion from data sources', requested.ingestionDataSourceSettings !== null],
    ['message transforms', requested.messageTransforms.length > 0],
    ['tags', Object.keys(requested.tags).length > 0],
  ];
  for (const [feature, isRequested] of features) {
    if (isRequested) throw unimplemented(feature);
  }
  return { ...requested, state: 'ACTIVE' };
}
