import { expect } from 'chai';
import { runSubscription } from 'iex-local/runner/run-subscription';
import type { ReceivedMessage } from 'iex-local/runner/subscription-source';
import type { Output, StoreWriter } from 'iex-local/store/writer';

const QUOTE: ReceivedMessage = {
  id: 'a',
  ackId: '1',
  payload: Buffer.from('{"symbol": "A", "latest_price": 1.5}'),
  publishTime: Date.parse('2026-11-22T09:00:10Z'),
};

describe('runSubscription', () => {
  /** Runs over one message, and returns what happened in order. */
  async function run(commit: () => Promise<void>): Promise<string[]> {
    const events: string[] = [];
    const messages = [QUOTE];
    const writer = {
      async commit(
        _source: string,
        received: readonly ReceivedMessage[],
        process: (messages: readonly ReceivedMessage[]) => Promise<Output>,
      ) {
        const made = await process(received);
        await commit();
        events.push('committed');
        return { messages: received, ...made };
      },
    } as unknown as StoreWriter;
    await runSubscription({
      source: {
        pull: async () => messages.splice(0),
        acknowledge: async (received) => {
          events.push(`acknowledged ${received.map(({ ackId }) => ackId)}`);
        },
      },
      sourceName: 'quotes',
      writer,
      resolutions: [1],
      onCommitted: ({ rows }) => events.push(`${rows} rows`),
      onError: ({ message }) => events.push(message),
      drain: AbortSignal.abort(),
    });
    return events;
  }

  it('acknowledges messages once their rows are committed', async () => {
    const events = await run(async () => undefined);
    expect(events).to.deep.equal(['committed', '6 rows', 'acknowledged 1']);
  });

  it('acknowledges nothing that could not be committed', async () => {
    const events = await run(async () => {
      throw new Error('disk full');
    });
    expect(events).to.deep.equal(['disk full']);
  });
});
