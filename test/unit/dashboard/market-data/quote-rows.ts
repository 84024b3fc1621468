import type { DeadLetter, QuoteRow } from 'iex-dataflow';
import type { Store } from 'iex-local/store/store';

/** A quote for a test: times in milliseconds since the epoch. */
export interface TestQuote {
  symbol: string;
  price: number;
  time: number;
}

const PERIOD = 10_000;
const OFFSET = 5_000;

let lastId = 0;

/** The rows of a quote: one for each window of 1, 5 and 15 minutes that holds it. */
function rowsOf({ symbol, price, time }: TestQuote): QuoteRow[] {
  const firstEnd = (Math.floor((time - OFFSET) / PERIOD) + 1) * PERIOD + OFFSET;
  return [1, 5, 15].flatMap((minutes) =>
    Array.from({ length: 6 * minutes }, (_, i) => ({
      symbol,
      latest_price: price,
      event_time: time * 1000,
      window_end: (firstEnd + i * PERIOD) * 1000,
      resolution_minutes: minutes,
    })),
  );
}

/** Stores quotes as the pipeline would. */
export async function storeQuotes(store: Store, quotes: readonly TestQuote[]): Promise<void> {
  await storeOutput(store, quotes.flatMap(rowsOf), []);
}

/** Stores dead letters; `time` in milliseconds since the epoch. */
export async function storeDeadLetters(
  store: Store,
  deadLetters: readonly { payload: string; time: number }[],
): Promise<void> {
  await storeOutput(
    store,
    [],
    deadLetters.map(({ payload, time }) => ({
      payload,
      reason: 'not JSON',
      stage: 'parse',
      dead_letter_time: time * 1000,
    })),
  );
}

async function storeOutput(
  store: Store,
  rows: QuoteRow[],
  deadLetters: DeadLetter[],
): Promise<void> {
  const writer = await store.writer();
  lastId += 1;
  await writer.commit('test', [{ id: String(lastId) }], async () => ({ rows, deadLetters }));
  writer.close();
}
