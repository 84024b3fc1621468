import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PubSub } from '@google-cloud/pubsub';
import { expect } from 'chai';
import { UsageError } from 'iex-cli/errors';
import { resolutions } from 'iex-contract/infrastructure';
import { runBatch } from 'iex-dataflow';
import { arrivalReport } from 'iex-local/publish/arrivals';
import { publish as publishCommand } from 'iex-local/publish/command';
import { arrivalsInDuckDb } from 'iex-local/publish/duckdb-arrivals';
import { loadId, newLoad, publishLoad } from 'iex-local/publish/load';
import { publishFile } from 'iex-local/publish/publish-file';
import { openTopic, PublishError, type TopicPublisher } from 'iex-local/publish/topic-publisher';
import { pubsubClient } from 'iex-local/pubsub-host';
import { Input } from 'iex-local/replay/input/input';
import { Store } from 'iex-local/store/store';
import { startPubSubEmulator } from 'iex-pubsub-emulator';
import { runCommand } from 'iex-test/support/command';
import { temporaryFolder } from 'iex-test/support/folder';

const TOPIC = 'projects/test-project/topics/iex-aggregate';

describe('npm run replay -- --topic', () => {
  const folder = temporaryFolder();
  let emulator: Awaited<ReturnType<typeof startPubSubEmulator>>;
  let pubsub: PubSub;
  let publisher: TopicPublisher;
  let files = 0;
  const never = new AbortController().signal;

  before(async () => {
    emulator = await startPubSubEmulator();
    pubsub = pubsubClient('test-project', emulator.host);
  });
  beforeEach(async () => {
    emulator.reset();
    const [topic] = await pubsub.createTopic('iex-aggregate');
    await topic.createSubscription('all');
    publisher = await openTopic(TOPIC, emulator.host);
  });
  afterEach(() => publisher.close());
  after(async () => {
    await pubsub.close();
    await emulator.close();
  });

  const quote = (symbol: string, second = 0) =>
    JSON.stringify({
      symbol,
      latest_price: 1,
      event_time: new Date(Date.UTC(2026, 0, 5, 15, 0, second)).toISOString(),
    });

  function quotesFile(...lines: string[]): string {
    const path = join(folder, `${++files}.jsonl`);
    writeFileSync(path, `${lines.join('\n')}\n`);
    return path;
  }

  /** The messages that have been published since the last call. */
  async function received(): Promise<{ data: string; id: string }[]> {
    const call = async (method: string, body: object) => {
      const url = `http://${emulator.host}/v1/projects/test-project/subscriptions/all:${method}`;
      const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
      return (await response.json()) as {
        receivedMessages?: {
          ackId: string;
          message: { data: string; attributes: { quote_id: string } };
        }[];
      };
    };
    const { receivedMessages = [] } = await call('pull', {
      maxMessages: 1000,
      returnImmediately: true,
    });
    if (receivedMessages.length === 0) return [];
    await call('acknowledge', { ackIds: receivedMessages.map(({ ackId }) => ackId) });
    const messages = receivedMessages.map(({ message }) => ({
      data: Buffer.from(message.data, 'base64').toString(),
      id: message.attributes.quote_id,
    }));
    return [...messages, ...(await received())];
  }

  const publish = (file: string, options = {}, progress = join(folder, 'published')) =>
    publishFile(() => new Input(file), TOPIC, publisher, progress, options);

  it('publishes the good lines as they are, and counts the bad ones with their reasons', async () => {
    const lines = [quote('A'), 'nonsense', quote('B'), '{"symbol":"A","latest_price":1}'];
    const progress = await publish(quotesFile(...lines));
    expect(progress).to.include({ lines: 4, published: 2, refused: 2, skipped: 0 });
    expect(progress?.reasons.mostFrequent()?.count).to.equal(1);
    const messages = await received();
    expect(messages.map(({ data }) => data)).to.deep.equal([quote('A'), quote('B')]);
  });

  it('gives a line the same id in every file, and identical lines different ones', async () => {
    await publish(quotesFile(quote('A'), quote('A'), quote('B')));
    const first = await received();
    await publish(quotesFile(quote('B'), quote('A')));
    const second = await received();
    expect(new Set(first.map(({ id }) => id)).size).to.equal(3);
    expect(second.map(({ id }) => id)).to.deep.equal([first[2]?.id, first[0]?.id]);
  });

  it('publishes a file once, and of a longer version only the new lines', async () => {
    const lines = [quote('C'), 'nonsense', quote('D')];
    await publish(quotesFile(...lines));
    expect(await received()).to.have.length(2);
    const again = await publish(quotesFile(...lines));
    expect(again).to.include({ lines: 3, published: 0, refused: 0, skipped: 3 });
    const longer = await publish(quotesFile(...lines, quote('D')));
    expect(longer).to.include({ lines: 4, published: 1, skipped: 3 });
    const [message, ...others] = await received();
    expect(others).to.deep.equal([]);
    expect(message?.id).to.match(/\/2$/);
    // The same first line, but then others.
    await publish(quotesFile(quote('C'), quote('E'), quote('F')));
    expect(await received()).to.have.length(3);
  });

  it('resumes where it was interrupted', async () => {
    const lines = Array.from({ length: 2500 }, (_, i) => quote(`S${i}`));
    const file = quotesFile(...lines);
    const stop = new AbortController();
    const interrupted = await publish(file, {
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    expect(interrupted).to.include({ published: 1000 });
    const resumed = await publish(file);
    expect(resumed).to.include({ published: 1500, skipped: 1000 });
    const ids = (await received()).map(({ id }) => id);
    expect(ids).to.have.length(2500);
    expect(new Set(ids).size).to.equal(2500);
  });

  it('counts only what it has published if it is interrupted while it waits', async () => {
    const file = quotesFile(quote('I'), quote('J'));
    const stop = new AbortController();
    const interrupted = await publish(file, {
      rate: 1e-6,
      signal: stop.signal,
      onProgress: () => setImmediate(() => stop.abort()),
    });
    expect(interrupted).to.include({ lines: 1, published: 1 });
    expect(await received()).to.have.length(1);
  });

  it('saves nothing as published that was not accepted', async () => {
    const file = quotesFile(quote('G'), quote('H'));
    await pubsub.topic('iex-aggregate').delete();
    const error = await publish(file).catch((error: Error) => error);
    expect(error).to.be.instanceOf(PublishError);
    expect(error)
      .to.have.property('message')
      .that.matches(/^projects\/\S+ does not exist: deploy/);
    const [topic] = await pubsub.createTopic('iex-aggregate');
    await topic.createSubscription('again');
    expect(await publish(file)).to.include({ published: 2, skipped: 0 });
  });

  it('keeps to the rate', async () => {
    const started = performance.now();
    const lines = Array.from({ length: 21 }, (_, i) => quote(`R${i}`));
    await publish(quotesFile(...lines), { rate: 50 });
    expect(performance.now() - started).to.be.at.least(400);
    expect(await received()).to.have.length(21);
  });

  describe('--symbols', () => {
    it('publishes quotes that the pipeline accepts, and reads back how late their rows were', async () => {
      const load = newLoad();
      await publishLoad(load, publisher, { symbolCount: 3, rate: 1000, duration: 0.02 });
      const messages = await received();
      expect(load.times).to.have.length(20);
      expect(messages.map(({ id }) => id)).to.deep.equal(load.times.map((_, i) => loadId(load, i)));

      // The last quote does not arrive.
      const database = join(folder, 'load.duckdb');
      const store = await Store.open(database);
      const writer = await store.writer();
      for (const resolution of resolutions) {
        const batch = messages
          .slice(0, -1)
          .map(({ id, data }) => ({ id, payload: Buffer.from(data) }));
        await writer.commit(`${resolution}`, batch, (fresh) => runBatch(fresh, [resolution]));
      }
      writer.close();
      store.close();
      const arrivals = await arrivalsInDuckDb(load, Promise.resolve(), database, () => undefined);
      expect(arrivals.rows).to.equal(19 * 126);
      expect(arrivals.lags).to.have.length(19);
      for (const lag of arrivals.lags) expect(lag).to.be.within(0, 60_000);
      expect(arrivalReport(load, arrivals)[0]).to.equal('Rows: 2,394 of 2,520 arrived.');
    });
  });

  describe('says in one line what is wrong', () => {
    for (const [what, file, flags, said] of [
      ['with a name that is not a topic', 'x', { topic: 'iex-aggregate' }, /takes projects/],
      ['with a file and a load test', 'x', { symbols: '3' }, /either a file/],
      ['with neither', undefined, {}, /either a file/],
      ['with a rate of nothing', 'x', { rate: '0' }, /--rate takes a number/],
      ['with a load test of no symbols', undefined, { symbols: 'A,B' }, /--symbols takes a number/],
      ['with a duration of a file', 'x', { duration: '5' }, /are for --symbols/],
    ] as const) {
      it(what, async () => {
        const publishing = publishCommand(file, { topic: TOPIC, ...flags }, never, emulator.host);
        const error = await publishing.catch((error: Error) => error);
        expect(error).to.be.instanceOf(UsageError);
        expect(error).to.have.property('message').that.matches(said);
      });
    }

    it('without credentials', async () => {
      const file = quotesFile(quote('A'));
      const env = { HOME: folder, CLOUDSDK_CONFIG: folder, METADATA_SERVER_DETECTION: 'none' };
      const args = [file, '--topic', TOPIC];
      const { code, stderr } = await runCommand('local/dist/replay.js', args, env);
      expect(code).to.equal(1);
      expect(stderr).to.match(/^No application default credentials: run .*\n$/);
    });
  });
});
