import { expect } from 'chai';
import {
  type Fault,
  type QuoteSimulator,
  startQuoteSimulator,
} from 'iex-local/quote-simulator/index';
import { type FunctionProcess, startFunction } from 'iex-test/support/function-process';
import { startTopic, type Topic } from 'iex-test/support/topic';
import { untilTrue } from 'iex-test/support/until';

const TOKEN = 'id:s3cret';

/** Everything that a function has written, as one text. */
const outputOf = ({ log, text }: FunctionProcess) => JSON.stringify([log, text]);

describe('a function with a wrong configuration', () => {
  it('ends at start with code 1 and one line that names every wrong variable', async () => {
    const iexApi = await startFunction('iexApi', {
      QUOTE_SOURCE: 'bloomberg',
      QUOTE_API_URL: `https://${TOKEN}@quotes.example`,
      QUOTE_API_TOKEN: `${TOKEN} ${TOKEN}`,
      AGGREGATE_TOPIC: '!',
    });
    expect(await iexApi.exited).to.equal(1);
    expect(iexApi.text).to.deep.equal([]);
    expect(iexApi.log).to.have.length(1);
    expect(iexApi.log[0]).to.include({ severity: 'ERROR' });
    for (const name of ['QUOTE_SOURCE', 'QUOTE_API_URL', 'QUOTE_API_TOKEN', 'AGGREGATE_TOPIC']) {
      expect(iexApi.log[0]?.message).to.contain(name);
    }
    expect(outputOf(iexApi)).not.to.contain('s3cret');
  });

  it('ends at start if a variable is missing', async () => {
    const iexApi = await startFunction('iexApi', {});
    expect(await iexApi.exited).to.equal(1);
    expect(iexApi.log[0]?.message).to.contain('QUOTE_API_URL');
  });

  it('ends at start if fanOut has a wrong one', async () => {
    const fanOut = await startFunction('fanOut', { TICKERS_PER_MESSAGE: '0' });
    expect(await fanOut.exited).to.equal(1);
    expect(fanOut.log[0]?.message).to.contain('fanOut').and.contain('TICKERS_PER_MESSAGE');
  });
});

for (const source of ['iex', 'alpaca', 'twelve-data']) {
  describe(`the token of ${source}`, () => {
    let simulator: QuoteSimulator;
    let topic: Topic;

    before(async () => {
      simulator = await startQuoteSimulator();
      topic = await startTopic('iex-aggregate');
    });

    after(async () => {
      await topic?.close();
      await simulator?.close();
    });

    it('is never logged, no matter what fails', async () => {
      const iexApi = await startFunction('iexApi', {
        ...topic.env,
        QUOTE_SOURCE: source,
        QUOTE_API_URL: simulator.urlFor(source),
        QUOTE_API_TOKEN: TOKEN,
        LOG_LEVEL: 'debug',
      });
      try {
        const faults: Readonly<Record<string, Fault>> = {
          A: { kind: 'connectionReset' },
          B: { kind: 'html' },
          C: { kind: 'serverError' },
          D: { kind: 'throttled', retryAfter: 60 },
          E: { kind: 'unknownSymbol' },
          F: { kind: 'timeout' },
        };
        for (const [symbol, fault] of Object.entries(faults)) simulator.setFault(fault, symbol);
        // Two seconds are left of the last slot: enough for a busy machine to handle the messages.
        const publishTime = new Date(Date.now() - 58_000);
        const tickers = Object.keys(faults);
        const pushed = tickers.map((ticker) =>
          iexApi.push({ json: { ticker }, messageId: ticker, publishTime }),
        );
        expect(await Promise.all(pushed)).to.deep.equal(tickers.map(() => 204));
        await untilTrue(() => iexApi.log.length === 2 * tickers.length);
        expect(outputOf(iexApi)).to.contain('published 0 of 6 quotes').and.not.contain('s3cret');
      } finally {
        await iexApi.stop();
      }
    });
  });
}
