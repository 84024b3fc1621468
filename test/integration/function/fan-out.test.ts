import { expect } from 'chai';
import { type FunctionProcess, startFunction } from 'iex-test/support/function-process';
import { startTopic, type Topic } from 'iex-test/support/topic';
import { untilTrue } from 'iex-test/support/until';

describe('fanOut in the functions framework', () => {
  let topic: Topic;
  let fanOut: FunctionProcess;

  before(async () => {
    topic = await startTopic('iex-ingest');
    // As Cloud Functions sets it for a function without an event trigger: a separate push
    // subscription delivers to it.
    fanOut = await startFunction('fanOut', { ...topic.env, FUNCTION_SIGNATURE_TYPE: 'http' });
  });

  after(async () => {
    await fanOut?.stop();
    await topic?.close();
  });

  it('starts without a quote API, and splits an alarm into messages', async () => {
    const json = { tickers: ['AAPL', 'MSFT', 'AAPL', ''] };
    expect(await fanOut.push({ json, messageId: '5' })).to.equal(204);
    await untilTrue(() => topic.received.length === 2);
    expect(topic.received.map(({ json }) => json)).to.have.deep.members([
      { ticker: 'AAPL' },
      { ticker: 'MSFT' },
    ]);
    for (const { attributes } of topic.received) expect(attributes).to.deep.equal({ tick_id: '5' });
    await untilTrue(() => fanOut.log.length === 2);
    expect(fanOut.log[0]).to.include({ severity: 'WARNING', duplicates: 1, malformed: 1 });
    expect(fanOut.log[1]).to.include({ severity: 'INFO', tickers: 2, messages: 2 });
  });

  it('fans ten thousand tickers out side by side', async () => {
    const before = topic.received.length;
    const tickers = Array.from({ length: 10_000 }, (_, index) => `T${index}`);
    const start = performance.now();
    expect(await fanOut.push({ json: { tickers }, messageId: '6' })).to.equal(204);
    // One after another would take 100 s: the client waits 10 ms for more messages to send together.
    expect(performance.now() - start).to.be.below(30_000);
    await untilTrue(() => topic.received.length === before + 10_000);
    expect(new Set(topic.received.slice(before).map(({ json }) => json.ticker)).size).to.equal(
      10_000,
    );
  });

  it('acknowledges a malformed event, because no retry would help', async () => {
    expect(await fanOut.push({ json: { tickers: [] }, messageId: '7' })).to.equal(204);
    expect(await fanOut.post('{}')).to.equal(204);
  });
});

describe('fanOut whose topic does not exist', () => {
  it('fails the alarm, so that it is delivered again, and keeps serving', async () => {
    const topic = await startTopic('iex-ingest');
    const fanOut = await startFunction('fanOut', { ...topic.env, INGEST_TOPIC: 'not-there' });
    try {
      const message = { json: { tickers: ['AAPL', 'MSFT'] }, messageId: '5' };
      expect(await fanOut.push(message)).to.equal(500);
      expect(await fanOut.push(message)).to.equal(500);
      expect(fanOut.process.exitCode).to.equal(null);
    } finally {
      await fanOut.stop();
      await topic.close();
    }
  });
});
