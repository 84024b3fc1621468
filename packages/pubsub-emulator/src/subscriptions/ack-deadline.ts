import { invalidArgument } from '../protocol/status.js';

/** In s: https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions */
const ACK_DEADLINE_SECONDS = { minimum: 10, maximum: 600, absent: 10 };

/**
 * Checks the deadline of a subscription or a stream.
 *
 * @param seconds 10 to 600; 0 means the default
 * @returns it, or the default
 * @throws {PubSubError} INVALID_ARGUMENT
 */
export function checkAckDeadline(seconds: number): number {
  const { minimum, maximum, absent } = ACK_DEADLINE_SECONDS;
  if (seconds === 0) return absent;
  if (seconds < minimum || seconds > maximum) {
    throw invalidArgument(
      `Invalid ack deadline: ${seconds} s. It must be between ${minimum} and ${maximum} s.`,
    );
  }
  return seconds;
}

/**
 * Checks a deadline that a subscriber sets for a message.
 *
 * @param seconds 0 to 600
 * @throws {PubSubError} INVALID_ARGUMENT
 */
export function checkDeadlineExtension(seconds: number): void {
  if (seconds < 0 || seconds > ACK_DEADLINE_SECONDS.maximum) {
    throw invalidArgument(
      `Invalid ack deadline: ${seconds} s. It must be between 0 and ${ACK_DEADLINE_SECONDS.maximum} s.`,
    );
  }
}
