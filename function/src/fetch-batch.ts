import { fetchQuotes, type QuoteClient } from './fetch-quotes.js';
import type { Logger } from './log.js';
import { QuoteError, type QuoteOutcomes } from './quote-sources/source.js';
import { RefusalSearch } from './refusal-search.js';

/** What one request brought for its symbols, or why the symbols that are left were missed. */
export interface BatchPart {
  readonly outcomes: QuoteOutcomes;
  /**
   * How long (ms) the API took to respond, retries included; `undefined` if it brought no quotes.
   */
  readonly latencyMs?: number;
}

/**
 * Asks for the quotes of up to `source.maxSymbols` symbols until `deadline` (monotonic ms), even if
 * the API refuses the whole request because of some of them: finds those, asks for the others
 * without them, and sets them aside for a while.
 *
 * Yields each part as soon as it is there. Together they hold one outcome for each symbol, whatever
 * fails.
 */
export async function* fetchBatch(
  symbols: readonly string[],
  deadline: number,
  client: QuoteClient,
  log: Logger,
): AsyncGenerator<BatchPart> {
  const { clock } = client;
  const search = new RefusalSearch(symbols, client, log);
  for (let group = search.next(deadline); group; group = search.next(deadline)) {
    const start = clock.now();
    try {
      const outcomes = await fetchQuotes(group.symbols, deadline, client);
      search.accept(group);
      yield { outcomes, latencyMs: clock.now() - start };
    } catch (error) {
      // Not even a bug in the code that reads responses may end the loop of slots.
      search.fail(
        group,
        error instanceof QuoteError ? error : new QuoteError('fault', String(error)),
      );
    }
  }
  yield { outcomes: search.end() };
}
