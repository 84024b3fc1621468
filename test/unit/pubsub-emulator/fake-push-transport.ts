import type { PushOutcome, PushTransport } from 'iex-pubsub-emulator/push-transport';

/** One request that a test has to answer. */
export interface PendingPush {
  endpoint: string;
  /** The parsed envelope. */
  envelope: { message: { messageId: string }; subscription: string; deliveryAttempt?: number };
  isAborted: boolean;
  /** Answers the request and waits until the emulator has dealt with that. */
  answer(outcome: PushOutcome): Promise<void>;
}

/** A push transport whose requests stay pending until the test answers them. */
export class FakePushTransport implements PushTransport {
  readonly pushes: PendingPush[] = [];

  post(endpoint: URL, body: string, signal: AbortSignal): Promise<PushOutcome> {
    return new Promise((resolve) => {
      const push: PendingPush = {
        endpoint: endpoint.href,
        envelope: JSON.parse(body),
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
