import { expect } from 'chai';
import {
  type QuoteSimulator,
  startQuoteSimulator,
} from '../../../local/src/quote-simulator/index.js';
import { type FunctionProcess, startFunction, until } from './harness.js';
import { startTopic, type Topic } from './topics.js';

/** Published so long ago (ms) that only the last slot is left, and just begun. */
const LAST_SLOT_MS = 50_000;

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

  it('publishes the quotes of the slots that are left', async () => {
    const status = await iexApi.push({
      json: { tickers: ['AAPL', 'MSFT'] },
      messageId: '7',
      publishTime: new Date(Date.now() - LAST_SLOT_MS),
    });

    expect(status).to.equal(204);
    await until(() => topic.received.length >= 2);
    const [first] = topic.received;
    expect(first?.json).to.have.all.keys('symbol', 'latest_price', 'event_time');
    expect(topic.received.map(({ attributes }) => attributes.quote_id)).to.have.members([
      '7/AAPL/5',
      '7/MSFT/5',
    ]);
  });
});
