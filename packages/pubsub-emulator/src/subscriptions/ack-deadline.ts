import { invalidArgument } from '../protocol/status.js';

/** In s: https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions */
const MINIMUM = 10;
const MAXIMUM = 600;
const DEFAULT = 10;

/**
 * Checks the deadline of a subscription or a stream.
 *
 * @param seconds 10 to 600; 0 means the default
 * @returns it, or the default
 * @throws {PubSubError} INVALID_ARGUMENT
 */
export function checkAckDeadline(seconds: number): number {
  if (seconds === 0) return DEFAULT;
  checkDeadlineExtension(seconds, MINIMUM);
  return seconds;
}

/**
 * Checks a deadline that a subscriber sets for a message.
 *
 * @param seconds `minimum` to 600
 * @throws {PubSubError} INVALID_ARGUMENT
 */
export function checkDeadlineExtension(seconds: number, minimum = 0): void {
  if (seconds >= minimum && seconds <= MAXIMUM) return;
  throw invalidArgument(
    `Invalid ack deadline: ${seconds} s. It must be between ${minimum} and ${MAXIMUM} s.`,
  );
}
