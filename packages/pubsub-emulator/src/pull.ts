import type { Clock } from 'iex-cli/clock';
import type { PullRequest, PullResponse, ReceivedMessage } from './protocol.js';
import { invalidArgument } from './status.js';
import type { Consumer, Subscription } from './subscription.js';
import type { UnaryCall } from './unary.js';

/** How long a pull waits for a first message, in ms; then it answers with none. */
const MAX_WAIT = 10_000;
/** Bounds of one answer; the service has the same. */
const MAX_MESSAGES = 1_000;
const MAX_BYTES = 10_000_000;

/**
 * Answers a unary pull: with what is ready, else with the first messages that arrive within some seconds. A call
 * that was cancelled meanwhile, or has passed its deadline, leases nothing.
 */
export function pull(
  subscription: Subscription,
  call: UnaryCall<PullRequest>,
  clock: Clock,
): Promise<PullResponse> {
  const { maxMessages, returnImmediately } = call.request;
  if (maxMessages <= 0) {
    throw invalidArgument(
      'You have passed an invalid argument to the service (argument=max_messages).',
    );
  }
  return new Promise((resolve, reject) => {
    const limits = { maxMessages: Math.min(maxMessages, MAX_MESSAGES), maxBytes: MAX_BYTES };
    const consumer: Consumer = {
      take() {
        if (call.cancelled) return false;
        const batch = subscription.leaseBatch(limits, subscription.config.ackDeadlineSeconds);
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
    const cancelTimer = clock.schedule(returnImmediately ? 0 : MAX_WAIT, () => finish([]));
    call.once('cancelled', () => finish([]));
    subscription.addConsumer(consumer);
  });
}
