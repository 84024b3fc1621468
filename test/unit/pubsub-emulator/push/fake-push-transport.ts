import type { Clock } from 'iex-cli/clock';
import { Pusher } from 'iex-pubsub-emulator/push/pusher';
import type { PushRequest } from 'iex-pubsub-emulator/push/request';
import type { PushOutcome, PushTransport } from 'iex-pubsub-emulator/push/transport';
import type { CreatePushDelivery } from 'iex-pubsub-emulator/subscriptions/subscription';

/** One request to which a test has to respond. */
export interface PendingPush {
  endpoint: string;
  /** The parsed envelope. */
  envelope: { message: { messageId: string }; subscription: string; deliveryAttempt?: number };
  isAborted: boolean;
  /** Responds to the request and waits until the emulator has handled the response. */
  answer(outcome: PushOutcome): Promise<void>;
}

/** A push transport whose requests stay pending until the test responds to them. */
export class FakePushTransport implements PushTransport {
  readonly pushes: PendingPush[] = [];
  /** Makes requests fail before they are sent. */
  failure: Error | undefined;

  async post(endpoint: URL, { body }: PushRequest, signal: AbortSignal): Promise<PushOutcome> {
    if (this.failure) throw this.failure;
    return new Promise((resolve) => {
      const push: PendingPush = {
        endpoint: endpoint.href,
        envelope: JSON.parse(String(body)),
        isAborted: false,
        async answer(outcome) {
          resolve(outcome);
          await new Promise((done) => setImmediate(done));
        },
      };
      signal.addEventListener('abort', () => {
        push.isAborted = true;
        resolve('failed');
      });
      this.pushes.push(push);
    });
  }

  /** The latest request; throws when there is none. */
  get last(): PendingPush {
    const push = this.pushes.at(-1);
    if (!push) throw new Error('Nothing has been pushed.');
    return push;
  }
}

/**
 * Creates the real push delivery of a subscription, over a transport to whose requests a test
 * responds.
 */
export function pushDelivery(
  clock: Clock,
  transport: PushTransport = new FakePushTransport(),
): CreatePushDelivery {
  return (subscription) => new Pusher(subscription, clock, transport);
}
