import type { AckConfirmation } from '../protocol/messages.js';
import { PubSubError } from '../protocol/status.js';
import { status } from '../protocol/status-codes.js';
import type { AckFailures } from '../subscriptions/subscription.js';

// Programs read these: https://cloud.google.com/pubsub/docs/exactly-once-delivery
const REASONS = {
  invalid: 'PERMANENT_FAILURE_INVALID_ACK_ID',
  unordered: 'TRANSIENT_FAILURE_UNORDERED_ACK_ID',
};

/**
 * Responds to a unary request with exactly-once delivery.
 *
 * @throws {PubSubError} if there are failures, with the reason of each: INVALID_ARGUMENT if any is
 *   permanent, or else FAILED_PRECONDITION. The other ack ids have taken effect.
 */
export function checkAckFailures(failures: AckFailures): void {
  if (failures.size === 0) return;
  const entries = [...failures].map(([ackId, failure]) => [ackId, REASONS[failure]]);
  const info = {
    reason: 'EXACTLY_ONCE_ACKID_FAILURE',
    domain: 'pubsub.googleapis.com',
    metadata: Object.fromEntries(entries),
  };
  const isPermanent = [...failures.values()].includes('invalid');
  throw new PubSubError(
    isPermanent ? status.INVALID_ARGUMENT : status.FAILED_PRECONDITION,
    isPermanent
      ? 'Some acknowledgement ids in the request were invalid. This could be because the acknowledgement ids have expired or the acknowledgement ids were malformed.'
      : 'Some acknowledgement ids in the request were out of order.',
    { info },
  );
}

/** What became of the ack ids that came on a stream. */
export function toConfirmation(ackIds: readonly string[], failures: AckFailures): AckConfirmation {
  const withFailure = (failure: string) =>
    ackIds.filter((ackId) => failures.get(ackId) === failure);
  return {
    ackIds: ackIds.filter((ackId) => !failures.has(ackId)),
    invalidAckIds: withFailure('invalid'),
    unorderedAckIds: withFailure('unordered'),
  };
}
