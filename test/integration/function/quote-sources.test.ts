import { expect } from 'chai';
import { systemClock } from 'iex-cli/clock';
import { fetchBatch } from 'iex-function/fetch-batch';
import { createQuoteClient } from 'iex-function/fetch-quotes';
import { createHttpGet } from 'iex-function/http';
import { quoteSources } from 'iex-function/quote-sources/index';
import {
  type Fault,
  type QuoteSimulator,
  startQuoteSimulator,
} from 'iex-local/quote-simulator/index';
import { recordingLogger } from '../../unit/function/recorder.js';

/** A slot (ms) that has time for everything, even on a busy machine. */
const SLOT_MS = 10_000;

/** A slot (ms) that is over before another attempt after a failure. */
const SHORT_SLOT_MS: Readonly<Record<string, number>> = {
  // Only a later attempt needs 500 ms.
  timeout: 300,
  throttled: 700,
  server_error: 700,
  network: 700,
};

/** The expected result of each fault of the simulator, for the one symbol that has it. */
const FAULTS: readonly [fault: Fault, reason: string | undefined][] = [
  [{ kind: 'throttled' }, 'throttled'],
  [{ kind: 'throttled', retryAfter: 60 }, 'throttled'],
  [{ kind: 'throttled', status: 200 }, 'throttled'],
  [{ kind: 'serverError' }, 'server_error'],
  [{ kind: 'serverError', status: 503 }, 'server_error'],
  [{ kind: 'timeout' }, 'timeout'],
  [{ kind: 'slow', ms: 2_000 }, 'timeout'],
  [{ kind: 'slow', ms: 50 }, undefined],
  [{ kind: 'connectionReset' }, 'network'],
  [{ kind: 'html' }, 'invalid_response'],
  [{ kind: 'missingPrice' }, 'no_price'],
  [{ kind: 'nullPrice' }, 'no_price'],
  [{ kind: 'unknownSymbol' }, 'unknown_symbol'],
];

/** The symbol that has a fault; of letters only, because some sources take no others. */
const faulty = (fault: number) => `BAD${String.fromCodePoint(65 + fault)}`;

const { log } = recordingLogger();

/** The faults that affect one symbol of a batch and not the others. */
const OF_ONE_SYMBOL = ['missingPrice', 'nullPrice', 'unknownSymbol'];

for (const [name, source] of Object.entries(quoteSources)) {
  describe(`quote source ${name} against the simulator`, () => {
    const get = createHttpGet();
    let simulator: QuoteSimulator;
    /** What comes of each fault: all at the same time, because they wait. */
    let taken: Promise<Map<string, number | string>>[];

    before(async () => {
      simulator = await startQuoteSimulator();
      taken = FAULTS.map(([fault, reason], i) => {
        simulator.setFault(fault, faulty(i));
        return take([faulty(i)], SHORT_SLOT_MS[reason ?? '']);
      });
      await Promise.allSettled(taken);
    });

    after(() => simulator?.close());

    afterEach(() => simulator.setFault(undefined, 'BAD'));

    /** Prices, and the reasons of those that are missing. */
    async function take(symbols: readonly string[], slotMs = SLOT_MS) {
      const access = { baseUrl: new URL(simulator.urlFor(name)), token: 'id:secret' };
      const client = createQuoteClient({
        source,
        access,
        get,
        clock: systemClock,
        random: () => 0,
      });
      const deadline = systemClock.now() + slotMs;
      const taken = new Map<string, number | string>();
      for await (const { outcomes } of fetchBatch(symbols, deadline, client, log)) {
        for (const [symbol, outcome] of outcomes) {
          taken.set(symbol, 'price' in outcome ? outcome.price : outcome.missed);
        }
      }
      expect(systemClock.now()).to.be.below(deadline + 1_000);
      return taken;
    }

    it('takes a quote', async () => {
      expect((await take(['AAPL'])).get('AAPL')).to.be.a('number');
    });

    if (source.maxSymbols > 1) {
      it('takes a full batch in one request', async () => {
        const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
        const symbols = letters
          .flatMap((a) => letters.map((b) => a + b))
          .slice(0, source.maxSymbols);
        const before = simulator.requestCount;
        const taken = await take(symbols);
        expect([...taken.keys()]).to.have.members(symbols);
        for (const price of taken.values()) expect(price).to.be.a('number');
        expect(simulator.requestCount - before).to.equal(1);
      });
    }

    for (const [i, [fault, reason]] of FAULTS.entries()) {
      it(`handles ${JSON.stringify(fault)} with ${reason ?? 'a quote'}`, async () => {
        const outcome = (await taken[i])?.get(faulty(i));
        if (reason === undefined) expect(outcome).to.be.a('number');
        else expect(outcome).to.equal(reason);
      });

      if (source.maxSymbols > 1 && OF_ONE_SYMBOL.includes(fault.kind)) {
        it(`loses only one symbol of a batch to ${fault.kind}`, async () => {
          simulator.setFault(fault, 'BAD');
          const taken = await take(['GOOD', 'BAD']);
          expect(taken.get('GOOD')).to.be.a('number');
          expect(taken.get('BAD')).to.equal(reason);
        });
      }
    }

    if (source.maxSymbols > 1) {
      for (const status of [400, 404, 451]) {
        it(`loses only one symbol of a batch that the API refuses with ${status} because of it`, async () => {
          simulator.setFault({ kind: 'refusedSymbol', status }, 'BAD');
          const taken = await take(['A', 'B', 'BAD', 'C', 'D']);
          expect(taken.get('BAD')).to.be.oneOf(['refused', 'unknown_symbol']);
          for (const symbol of ['A', 'B', 'C', 'D']) expect(taken.get(symbol)).to.be.a('number');
        });
      }
    }

    it('recovers within the slot from a fault that passes', async () => {
      simulator.setFault({ kind: 'connectionReset' }, 'BAD');
      const before = simulator.requestCount;
      const taking = take(['BAD']);
      while (simulator.requestCount === before) await new Promise(setImmediate);
      simulator.setFault(undefined, 'BAD');
      expect((await taking).get('BAD')).to.be.a('number');
    });
  });
}
