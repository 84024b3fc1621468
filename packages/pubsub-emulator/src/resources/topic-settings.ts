import { type Duration, type Topic, toMillis } from '../protocol/messages.js';
import { invalidArgument } from '../protocol/status.js';
import { checkLabels } from './labels.js';
import { refuseUnsupported } from './unsupported.js';

/** In ms. */
const RETENTION = { minimum: 10 * 60_000, maximum: 31 * 24 * 60 * 60_000 };

/**
 * The configuration that the service would keep for `requested`. The message storage policy is kept
 * and has no effect: there are no regions.
 *
 * @throws {PubSubError} INVALID_ARGUMENT for values out of range, UNIMPLEMENTED for features that
 *   the emulator lacks
 */
export function toTopicConfig(requested: Topic): Topic {
  refuseUnsupported('Topic', requested);
  checkLabels(requested.labels);
  checkRetention(requested.messageRetentionDuration);
  if (requested.messageStoragePolicy?.allowedPersistenceRegions.length === 0) {
    throw invalidArgument('Invalid message storage policy: it must allow at least one region.');
  }
  return { ...requested, state: 'ACTIVE' };
}

/**
 * Checks how long a topic or a subscription retains messages: 10 minutes to 31 days, or null.
 *
 * @throws {PubSubError} INVALID_ARGUMENT
 */
export function checkRetention(duration: Duration | null): void {
  if (!duration) return;
  const millis = toMillis(duration);
  if (millis < RETENTION.minimum || millis > RETENTION.maximum) {
    throw invalidArgument(
      `Invalid message retention duration: ${millis / 1000} s. It must be between 10 minutes and 31 days.`,
    );
  }
}
