import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { type QuoteSimulator, startQuoteSimulator } from 'iex-local/quote-simulator/index';
import { type FunctionProcess, startFunction } from 'iex-test/support/function-process';
import { startTopic, type Topic } from 'iex-test/support/topic';
import { untilTrue } from 'iex-test/support/until';

/** Published so long ago (ms) that only the last slot is left, and just begun. */
const LAST_SLOT_MS = 50_000;

const lastSlot = () => new Date(Date.now() - LAST_SLOT_MS);

describe('iexApi in the functions framework', () => {
  let simulator: QuoteSimulator;
  let topic: Topic;
  let iexApi: FunctionProcess;

  before(async () => {
    simulator = await startQuoteSimulator();
    topic = await startTopic('iex-aggregate');
    iexApi = await startFunction('iexApi', { ...topic.env, QUOTE_API_URL: simulator.url });
  });

  after(async () => {
    await iexApi?.stop();
    await topic?.close();
    await simulator?.close();
  });

  const receivedIds = () => topic.received.map(({ attributes }) => attributes.quote_id);

  it('publishes the quotes of the slots that are left, before it acknowledges', async () => {
    const before = Date.now();
    const status = await iexApi.push({
      json: { tickers: ['AAPL', 'MSFT'] },
      messageId: '7',
      attributes: { tick_id: '3' },
      publishTime: lastSlot(),
    });
    expect(status).to.equal(204);
    const answered = Date.now();

    await untilTrue(() => topic.received.length >= 2);
    expect(receivedIds()).to.have.members(['3/AAPL/5', '3/MSFT/5']);
    for (const { json } of topic.received) {
      expect(json).to.have.all.keys('symbol', 'latest_price', 'event_time');
      expect(json.latest_price).to.be.a('number');
      expect(Date.parse(String(json.event_time))).to.be.within(before, answered);
    }
  });

  it('logs a summary of the tick in one line, with its trace', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const logged = iexApi.log.length;
    await iexApi.push({
      json: { ticker: 'GME' },
      messageId: '8',
      publishTime: lastSlot(),
      traceparent,
    });
    await untilTrue(() => iexApi.log.length > logged);
    expect(iexApi.log.slice(logged)).to.have.length(1);
    expect(iexApi.log[logged]).to.deep.include({
      severity: 'WARNING',
      message: 'published 1 of 6 quotes',
      tick: '8',
      missed_by_reason: { late: 5 },
      'logging.googleapis.com/trace': 'projects/test/traces/0af7651916cd43dd8448eb211c80319c',
      'logging.googleapis.com/labels': { entry_point: 'iexApi', quote_source: 'iex' },
    });
  });

  it('gives the same ids to a message that is delivered again', async () => {
    const message = { json: { ticker: 'NIO' }, messageId: '9', publishTime: lastSlot() };
    expect(await Promise.all([iexApi.push(message), iexApi.push(message)])).to.deep.equal([
      204, 204,
    ]);
    await untilTrue(() => receivedIds().filter((id) => id === '9/NIO/5').length === 2);
  });

  it('takes the slots of concurrent messages at the same time', async () => {
    const before = topic.received.length;
    const start = Date.now();
    simulator.setFault({ kind: 'slow', ms: 300 });
    const messages = Array.from({ length: 50 }, (_, index) => ({
      json: { ticker: `T${index}` },
      messageId: String(100 + index),
      publishTime: lastSlot(),
    }));
    await Promise.all(messages.map((message) => iexApi.push(message)));
    simulator.setFault(undefined);
    expect(Date.now() - start).to.be.within(300, 50 * 300 - 1);
    await untilTrue(() => topic.received.length === before + 50);
  });

  it('continues with the next slot after a missed one', async () => {
    simulator.setFault({ kind: 'unknownSymbol' }, 'TSLA');
    // Half a second is left of slot 4.
    const publishTime = new Date(Date.now() - LAST_SLOT_MS + 500);
    const handled = iexApi.push({ json: { ticker: 'TSLA' }, messageId: '10', publishTime });
    await untilTrue(() => iexApi.log.some(({ tick, slot }) => tick === '10' && slot === 4));
    simulator.setFault(undefined, 'TSLA');
    expect(await handled).to.equal(204);
    await untilTrue(() => receivedIds().includes('10/TSLA/5'));
    const received = topic.received.find(({ attributes }) => attributes.quote_id === '10/TSLA/5');
    const slotStart = publishTime.getTime() + LAST_SLOT_MS;
    expect(received?.receivedAt).to.be.within(slotStart, slotStart + 5_000);
  });

  it('acknowledges a malformed event, because no retry would help, and keeps serving', async () => {
    const logged = iexApi.log.length;
    for (const body of ['{}', '[]', '{"message": {}}', '{"data": 1}']) {
      expect(await iexApi.post(body), body).to.equal(204);
    }
    expect(await iexApi.push({ json: 'AAPL', messageId: '11' })).to.equal(204);
    expect(await iexApi.push({ json: {}, messageId: '12', publishTime: new Date(0) })).to.equal(
      204,
    );
    await untilTrue(() => iexApi.log.length === logged + 6);
    for (const entry of iexApi.log.slice(logged)) expect(entry).to.include({ severity: 'ERROR' });
    expect(iexApi.process.exitCode).to.equal(null);
  });

  it('drops a tick that is over', async () => {
    const publishTime = new Date(Date.now() - 60_000);
    expect(await iexApi.push({ json: { ticker: 'AMC' }, messageId: '13', publishTime })).to.equal(
      204,
    );
    await untilTrue(() => iexApi.log.some(({ tick }) => tick === '13'));
    expect(receivedIds().join()).not.to.contain('AMC');
  });

  it('writes nothing but JSON while it serves', () => {
    expect(iexApi.text.filter((line) => !/^(Serving|Function:|Signature|URL:)/.test(line))).to.be
      .empty;
  });
});

describe("iexApi's connection to the quote API", () => {
  it('is kept from one message to the next', async () => {
    let connections = 0;
    const api = createServer((_request, response) => response.end('{"latestPrice": 1}'));
    api.on('connection', () => connections++);
    await once(api.listen(0, '127.0.0.1'), 'listening');
    const topic = await startTopic('iex-aggregate');
    const { port } = api.address() as AddressInfo;
    const env = { ...topic.env, QUOTE_API_URL: `http://127.0.0.1:${port}` };
    const iexApi = await startFunction('iexApi', env);
    try {
      for (const messageId of ['1', '2', '3']) {
        await iexApi.push({ json: { ticker: 'AAPL' }, messageId, publishTime: lastSlot() });
      }
      await untilTrue(() => topic.received.length === 3);
      expect(connections).to.equal(1);
    } finally {
      await iexApi.stop();
      await topic.close();
      api.close();
    }
  });
});

describe('iexApi in an instance of 256 MB', () => {
  it('survives the responses that need most memory', async () => {
    /** So that all stay just below a megabyte. */
    const depth = 495_000;
    const answers: Readonly<Record<string, Buffer>> = {
      WRONG: gzipSync(`[${'0,'.repeat(depth)}0]`),
      NESTED: gzipSync('['.repeat(depth) + ']'.repeat(depth)),
      KEYS: gzipSync(JSON.stringify(Object.fromEntries(Array(80_000).fill(0).entries()))),
      BOMB: gzipSync(Buffer.alloc(100_000_000)),
    };
    const api = createServer((request, response) => {
      const ticker = new URL(request.url ?? '', 'http://api').searchParams.get('tickers') ?? '';
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(answers[ticker]);
    });
    await once(api.listen(0, '127.0.0.1'), 'listening');
    const topic = await startTopic('iex-aggregate');
    const iexApi = await startFunction('iexApi', {
      ...topic.env,
      QUOTE_SOURCE: 'tiingo',
      QUOTE_API_URL: `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
      QUOTE_API_TOKEN: 'any',
      // Node's default heap in such an instance: half of it for long-lived objects.
      NODE_OPTIONS: '--max-old-space-size=128',
    });
    try {
      for (const ticker of Object.keys(answers)) {
        const message = { json: { ticker }, messageId: ticker, publishTime: lastSlot() };
        expect(await iexApi.push(message), ticker).to.equal(204);
      }
      await untilTrue(() => iexApi.log.length === 8);
      expect(iexApi.log.flatMap(({ reason }) => reason ?? [])).to.deep.equal([
        'unknown_symbol',
        'unknown_symbol',
        'invalid_response',
        'invalid_response',
      ]);
    } finally {
      await iexApi.stop();
      await topic.close();
      api.close();
    }
  });
});

describe('iexApi whose topic does not exist', () => {
  it('counts its quotes as not published, acknowledges, and keeps serving', async () => {
    const simulator = await startQuoteSimulator();
    const topic = await startTopic('iex-aggregate');
    const iexApi = await startFunction('iexApi', {
      ...topic.env,
      QUOTE_API_URL: simulator.url,
      AGGREGATE_TOPIC: 'not-there',
    });
    try {
      const message = { json: { ticker: 'AAPL' }, messageId: '7', publishTime: lastSlot() };
      expect(await iexApi.push(message)).to.equal(204);
      await untilTrue(() => iexApi.log.length === 2);
      expect(iexApi.log[0]).to.include({ reason: 'publish_failed', symbol: 'AAPL' });
      expect(iexApi.log[1]).to.deep.include({
        severity: 'ERROR',
        missed_by_reason: { late: 5, publish_failed: 1 },
      });
      expect(iexApi.process.exitCode).to.equal(null);
    } finally {
      await iexApi.stop();
      await topic.close();
      await simulator.close();
    }
  });
});
