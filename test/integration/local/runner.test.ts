import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PubSub } from '@google-cloud/pubsub';
import { expect } from 'chai';
import type { Counts } from 'iex-local/runner/protocol';
import { runSubscription } from 'iex-local/runner/run-subscription';
import { type MessageSource, subscriptionSource } from 'iex-local/runner/subscription-source';
import { Store } from 'iex-local/store/store';
import { type PubSubEmulator, startPubSubEmulator } from 'iex-pubsub-emulator';
import { queryDatabase } from 'iex-test/support/database';
import { temporaryFolder } from 'iex-test/support/folder';
import { untilTrue } from 'iex-test/support/until';

const CRASHING_RUNNER = fileURLToPath(new URL('../../support/crashing-runner.ts', import.meta.url));

describe('the runner', function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  let emulator: PubSubEmulator;
  let pubsub: PubSub;
  let names = 0;

  before(async () => {
    emulator = await startPubSubEmulator();
    pubsub = new PubSub({ projectId: 'iex-test', apiEndpoint: emulator.host, emulatorMode: true });
  });
  after(async () => {
    await pubsub.close();
    await emulator.close();
  });

  /** A topic with a subscription that delivers again after 10 s, the minimum, and a database. */
  async function setUp() {
    const name = `quotes-${++names}`;
    const [topic] = await pubsub.createTopic(name);
    const [subscription] = await topic.createSubscription(name, { ackDeadlineSeconds: 10 });
    const publish = (symbol: string, attributes: Record<string, string> = {}) =>
      topic.publishMessage({ json: { symbol, latest_price: 1.5 }, attributes });
    return { name, subscription, publish, database: join(folder, `${name}.duckdb`) };
  }

  /** Runs until so many messages were acknowledged and nothing is left. */
  async function runUntilAcknowledged(
    { name, subscription, database }: Awaited<ReturnType<typeof setUp>>,
    messages: number,
    wrap: (source: MessageSource) => MessageSource = (source) => source,
    resolutionMinutes = 1,
  ) {
    const store = await Store.open(database);
    const writer = await store.writer();
    const source = await subscriptionSource(pubsub, subscription.name);
    const drain = new AbortController();
    const committed: Counts[] = [];
    const errors: Error[] = [];
    let acknowledged = 0;
    const counting = wrap(source);
    const running = runSubscription({
      source: {
        pull: (most) => counting.pull(most),
        async acknowledge(received) {
          await counting.acknowledge(received);
          acknowledged += received.length;
        },
      },
      sourceName: name,
      writer,
      resolutions: [resolutionMinutes],
      onCommitted: (batch) => committed.push(batch),
      onError: (error) => errors.push(error),
      drain: drain.signal,
    });
    await untilTrue(() => acknowledged >= messages, 40_000);
    drain.abort();
    await running;
    await source.close();
    writer.close();
    store.close();
    return { committed, errors };
  }

  const rowsBySymbol = (database: string) =>
    queryDatabase(database, 'SELECT symbol, count(*) n FROM iex.quote GROUP BY 1 ORDER BY 1');

  it('turns the messages that have arrived into rows and dead letters, and acknowledges them', async () => {
    const set = await setUp();
    await Promise.all([set.publish('A'), set.publish('B'), set.publish('')]);
    const { committed } = await runUntilAcknowledged(set, 3);
    expect(committed.reduce((sum, { quotes }) => sum + quotes, 0)).to.equal(2);
    expect(committed.reduce((sum, { deadLetters }) => sum + deadLetters, 0)).to.equal(1);
    expect(await rowsBySymbol(set.database)).to.deep.equal([
      { symbol: 'A', n: 6 },
      { symbol: 'B', n: 6 },
    ]);
  });

  it('counts a quote once if it was published twice', async () => {
    const set = await setUp();
    for (const id of ['1', '1', '2']) await set.publish('A', { quote_id: id });
    await runUntilAcknowledged(set, 3);
    expect(await rowsBySymbol(set.database)).to.deep.equal([{ symbol: 'A', n: 12 }]);
  });

  it('counts quotes without an id by message', async () => {
    const set = await setUp();
    await Promise.all([set.publish('A'), set.publish('A'), set.publish('A', { quote_id: '' })]);
    await runUntilAcknowledged(set, 3);
    expect(await rowsBySymbol(set.database)).to.deep.equal([{ symbol: 'A', n: 18 }]);
  });

  for (const [resolutionMinutes, messages] of [
    [60, 1000],
    [1440, 30],
  ] as const) {
    it(`makes batches that the store takes of ${messages} messages at ${resolutionMinutes} min`, async () => {
      const set = await setUp();
      await Promise.all(Array.from({ length: messages }, () => set.publish('A')));
      const { errors } = await runUntilAcknowledged(set, messages, undefined, resolutionMinutes);
      expect(errors).to.deep.equal([]);
      expect(await rowsBySymbol(set.database)).to.deep.equal([
        { symbol: 'A', n: messages * 6 * resolutionMinutes },
      ]);
    });
  }

  async function continueAfterError(): Promise<void> {
    const set = await setUp();
    await set.publish('A');
    let failures = 1;
    const { errors } = await runUntilAcknowledged(set, 1, (source) => ({
      pull: (most) => source.pull(most),
      async acknowledge(received) {
        if (failures-- > 0) throw new Error('unreachable');
        await source.acknowledge(received);
      },
    }));
    expect(errors.map(({ message }) => message)).to.deep.equal(['unreachable']);
    expect(await rowsBySymbol(set.database)).to.deep.equal([{ symbol: 'A', n: 6 }]);
  }

  async function crash(moment: 'pulled' | 'committed'): Promise<void> {
    const set = await setUp();
    const symbols = Array.from({ length: 50 }, (_, i) => `S${String(i).padStart(2, '0')}`);
    await Promise.all(symbols.map((symbol) => set.publish(symbol)));
    const crashing = spawn(
      process.execPath,
      ['--import', 'tsx', CRASHING_RUNNER, emulator.host, set.database, set.name, moment],
      { stdio: 'ignore' },
    );
    const [, signal] = await once(crashing, 'exit');
    expect(signal).to.equal('SIGKILL');
    await runUntilAcknowledged(set, symbols.length);
    expect(await rowsBySymbol(set.database)).to.deep.equal(
      symbols.map((symbol) => ({ symbol, n: 6 })),
    );
  }

  describe('whose messages are delivered again', () => {
    const tests: [name: string, test: () => Promise<void>][] = [
      [
        'continues after an error, and does not repeat messages that it could not acknowledge',
        continueAfterError,
      ],
      ['loses and repeats nothing if it is killed with a batch pulled', () => crash('pulled')],
      [
        'loses and repeats nothing if it is killed with a batch committed',
        () => crash('committed'),
      ],
    ];
    let results: PromiseSettledResult<void>[];

    // All at the same time, because each waits 10 s for its messages.
    before(async () => {
      results = await Promise.allSettled(tests.map(([, test]) => test()));
    });

    for (const [i, [name]] of tests.entries()) {
      it(name, () => {
        const result = results[i]!;
        if (result.status === 'rejected') throw result.reason;
      });
    }
  });
});
