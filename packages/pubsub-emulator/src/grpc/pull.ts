import type { Clock } from 'iex-cli/clock';
import type { PullRequest, PullResponse, ReceivedMessage } from '../protocol/messages.js';
import { invalidArgument } from '../protocol/status.js';
import type { LeaseHolder } from '../subscriptions/lease.js';
import type { Consumer, Subscription } from '../subscriptions/subscription.js';
import type { Call } from './service.js';

/**
 * How long a pull waits for a first message, in ms; then its response is empty. Longer than the
 * default ack deadline of 10 s: else a pull that begins when another subscriber gets a message ends
 * just before that message is delivered again.
 */
const MAX_WAIT = 20_000;
/** Limits of one response, as of the service. */
const MAX_MESSAGES = 1_000;
const MAX_BYTES = 10_000_000;

/**
 * Serves a unary pull: responds with the messages that are ready, or else with the first that
 * arrive within some seconds. A call that has been cancelled, or has passed its deadline, leases
 * nothing.
 */
export function pull(
  subscription: Subscription,
  { maxMessages, returnImmediately }: PullRequest,
  call: Call,
  clock: Clock,
): Promise<PullResponse> {
  if (maxMessages <= 0) {
    throw invalidArgument(
      'You have passed an invalid argument to the service (argument=max_messages).',
    );
  }
  return new Promise((resolve, reject) => {
    const limits = { maxMessages: Math.min(maxMessages, MAX_MESSAGES), maxBytes: MAX_BYTES };
    // One for each pull: other pulls get no message of an ordering key that this one has got.
    const holder: LeaseHolder = { leaseEnded() {} };
    const consumer: Consumer = {
      take() {
        if (call.cancelled) return false;
        const { ackDeadlineSeconds } = subscription.config;
        const batch = subscription.leaseBatch(limits, ackDeadlineSeconds, holder);
        if (batch.length === 0) return false;
        finish(batch);
        return true;
      },
      end(reason) {
        stopWaiting();
        reject(reason);
      },
    };
    const stopWaiting = () => {
      subscription.removeConsumer(consumer);
      cancelTimer();
    };
    const finish = (receivedMessages: ReceivedMessage[]) => {
      stopWaiting();
      resolve({ receivedMessages });
    };
    const cancelTimer = clock.schedule(returnImmediately ? 0 : MAX_WAIT, () => {
      if (!consumer.take()) finish([]);
    });
    call.once('cancelled', () => finish([]));
    subscription.addConsumer(consumer);
  });
}
