import { statSync } from 'node:fs';
import { WINDOW_PERIOD_MS } from 'iex-contract';
import { resolutions, symbols } from 'iex-contract/infrastructure';
import { createPrices } from 'iex-local/quote-simulator/prices';
import { runSubscription } from 'iex-local/runner/run-subscription';
import type { MessageSource, ReceivedMessage } from 'iex-local/runner/subscription-source';
import { Store } from 'iex-local/store/store';
import { KEEP_IDS_MS } from 'iex-local/store/writer';
import { Samples } from './samples.js';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** How many slots' quotes arrive together: a minute's. */
const SLOTS_TOGETHER = 6;

/** How often to measure, in ms of the day. */
const SAMPLE_MS = HOUR_MS / 2;

/** How often progress is shown, in hours of the day. */
const SHOWN_HOURS = 4;

/** How much faster than real time the day is taken to be, for the ids that are forgotten. */
const ACCELERATION = 500;

/**
 * Runs the pipelines of all resolutions over a day of quotes, in this process, and measures after
 * each half hour of that day. Ids are forgotten as much sooner as the day is faster.
 *
 * @returns the lines of a table
 */
export async function soakDay(database: string): Promise<string[]> {
  const store = await Store.open(database);
  const counting = await store.connect();
  const samples = new Samples();
  const priceAt = createPrices(1);
  const queues = resolutions.map(() => new Queue());
  const drain = new AbortController();
  const runs = resolutions.map(async (resolutionMinutes, i) => {
    const writer = await store.writer(KEEP_IDS_MS / ACCELERATION);
    await runSubscription({
      source: queues[i] as Queue,
      sourceName: `${resolutionMinutes} min`,
      writer,
      resolutions: [resolutionMinutes],
      onCommitted: () => undefined,
      onError: (error) => {
        throw error;
      },
      drain: drain.signal,
    });
    writer.close();
  });
  const started = performance.now();
  const begin = Date.UTC(2026, 10, 23);
  for (let slot = 0; slot < DAY_MS / WINDOW_PERIOD_MS; slot += SLOTS_TOGETHER) {
    const messages = Array.from({ length: SLOTS_TOGETHER }, (_, i) =>
      quotesOf(begin + (slot + i) * WINDOW_PERIOD_MS, priceAt),
    ).flat();
    const published = performance.now();
    await Promise.all(queues.map((queue) => queue.deliver(messages)));
    const elapsed = slot * WINDOW_PERIOD_MS;
    const hours = elapsed / HOUR_MS;
    samples.add('time of a minute’s quotes, ms', hours, performance.now() - published);
    if (elapsed % SAMPLE_MS > 0) continue;
    const counted = await counting.runAndReadAll(
      `SELECT sum(memory_usage_bytes)::DOUBLE, (SELECT count(*)::DOUBLE FROM local.delivered_message)
       FROM duckdb_memory()`,
    );
    const [duckdbBytes, ids] = counted.getRows()[0] as [number, number];
    samples.add('ids of messages', hours, ids);
    samples.add('memory, MB', hours, process.memoryUsage.rss() / 1e6);
    samples.add('of it DuckDB’s cache, MB', hours, duckdbBytes / 1e6);
    samples.add('size of the database, MB', hours, statSync(database).size / 1e6);
    const seconds = Math.round((performance.now() - started) / 1000);
    if (hours % SHOWN_HOURS === 0) console.log(`  ${hours} hours of the day after ${seconds} s`);
  }
  drain.abort();
  for (const queue of queues) queue.end();
  await Promise.all(runs);
  counting.closeSync();
  store.close();
  return samples.table();
}

function quotesOf(time: number, priceAt: ReturnType<typeof createPrices>): ReceivedMessage[] {
  const event_time = new Date(time).toISOString();
  return symbols.map((symbol) => {
    const id = `${event_time}/${symbol}`;
    const json = { symbol, latest_price: priceAt(symbol, time), event_time };
    return { id, ackId: id, payload: Buffer.from(JSON.stringify(json)), publishTime: time };
  });
}

/** A subscription in memory. */
class Queue implements MessageSource {
  #waiting: readonly ReceivedMessage[] = [];
  #hasEnded = false;
  #onDelivery = () => {};
  #onEmpty = () => {};

  /** Resolves when the messages are acknowledged. */
  deliver(messages: readonly ReceivedMessage[]): Promise<void> {
    this.#waiting = messages;
    this.#onDelivery();
    return new Promise((resolve) => {
      this.#onEmpty = resolve;
    });
  }

  /** From now on nothing is delivered. */
  end(): void {
    this.#hasEnded = true;
    this.#onDelivery();
  }

  /** Waits until there are messages; the runner would wait a fixed time before it asks again. */
  async pull(maxMessages: number): Promise<ReceivedMessage[]> {
    if (this.#waiting.length === 0 && !this.#hasEnded) {
      await new Promise<void>((resolve) => {
        this.#onDelivery = resolve;
      });
    }
    return this.#waiting.slice(0, maxMessages);
  }

  async acknowledge(messages: readonly ReceivedMessage[]): Promise<void> {
    this.#waiting = this.#waiting.slice(messages.length);
    if (this.#waiting.length === 0) this.#onEmpty();
  }
}
