import { PubSub, type Subscription } from '@google-cloud/pubsub';
import { TOPICS } from 'iex-contract';
import type { Alarm, PublishedQuote } from './account.js';

/** The project of `npm start`. */
const PROJECT = 'iex-local';

/** A topic whose messages are counted. */
const DEAD_LETTERS = [`${TOPICS.fanOut}-dead-letter`, `${TOPICS.ingest}-dead-letter`];

/** How many quotes a burst has: for a runner, more than a moment's work. */
const BURST = 500;

/** Reads every message that the parts publish, from subscriptions of its own. */
export class Audit {
  readonly published: PublishedQuote[] = [];
  /** Messages that Pub/Sub has put aside. */
  deadLetters = 0;
  readonly #pubsub: PubSub;
  readonly #subscriptions: Subscription[] = [];
  readonly #alarms = new Map<string, number>();
  /** When the first slot of each tick and symbol began. */
  readonly #ticks = new Map<string, number>();
  #last: { data: Buffer; attributes: Record<string, string> } | undefined;

  private constructor(pubsub: PubSub) {
    this.#pubsub = pubsub;
  }

  /** @param host of the emulator, which nobody uses yet */
  static async start(host: string): Promise<Audit> {
    const audit = new Audit(
      new PubSub({ projectId: PROJECT, apiEndpoint: host, emulatorMode: true }),
    );
    await audit.#read(TOPICS.fanOut, (message) => {
      const { tickers } = parsed(message.data) as { tickers?: unknown };
      if (Array.isArray(tickers)) audit.#alarms.set(message.id, message.publishTime.getTime());
    });
    await audit.#read(TOPICS.ingest, (message) => {
      const { tick_id: tick } = message.attributes;
      if (!tick) return;
      const time = message.publishTime.getTime();
      audit.#ticks.set(tick, Math.min(time, audit.#ticks.get(tick) ?? time));
    });
    await audit.#read(TOPICS.aggregate, (message) => {
      const { quote_id: id } = message.attributes;
      if (!id) return;
      const { symbol, event_time } = parsed(message.data) as Record<string, string>;
      audit.published.push({ id, symbol: symbol ?? '', eventTime: Date.parse(event_time ?? '') });
      audit.#last = { data: message.data, attributes: message.attributes };
    });
    for (const topic of DEAD_LETTERS) await audit.#read(topic, () => audit.deadLetters++);
    return audit;
  }

  /** The alarms that were published, and how many more were due. */
  alarms(start: number, end: number, periodMs: number): Alarm[] {
    const alarms: Alarm[] = [...this.#alarms].map(([id, time]) => ({
      id,
      time: this.#ticks.get(id) ?? time,
    }));
    for (let due = start; due < end; due += periodMs) {
      const isPublished = [...this.#alarms.values()].some(
        (time) => time > due - periodMs / 2 && time <= due + periodMs / 2,
      );
      if (!isPublished) alarms.push({ id: undefined, time: due });
    }
    return alarms;
  }

  async publish(topic: string, data: string): Promise<void> {
    await this.#pubsub.topic(topic).publishMessage({ data: Buffer.from(data) });
  }

  /** Publishes many quotes at once, of a symbol that no alarm has. */
  async publishBurst(): Promise<void> {
    const topic = this.#pubsub.topic(TOPICS.aggregate, { batching: { maxMessages: BURST } });
    const now = Date.now();
    const quotes = Array.from({ length: BURST }, (_, i) => ({
      symbol: 'BURST',
      latest_price: 1 + i,
      event_time: new Date(now - i).toISOString(),
    }));
    await Promise.all(
      quotes.map((quote, i) =>
        topic.publishMessage({ json: quote, attributes: { quote_id: `burst/${now}/${i}` } }),
      ),
    );
  }

  /** Publishes the last quote again, as a delivery that Pub/Sub repeats. */
  async repeatLast(): Promise<void> {
    if (this.#last) await this.#pubsub.topic(TOPICS.aggregate).publishMessage(this.#last);
  }

  async close(): Promise<void> {
    for (const subscription of this.#subscriptions) await subscription.close();
    await this.#pubsub.close();
  }

  async #read(topicName: string, onMessage: (message: AuditMessage) => void): Promise<void> {
    const [topic] = await this.#pubsub.createTopic(topicName);
    const [subscription] = await topic.createSubscription(`audit-${topicName}`);
    subscription.on('message', (message) => {
      onMessage(message);
      message.ack();
    });
    subscription.on('error', () => undefined);
    this.#subscriptions.push(subscription);
  }
}

interface AuditMessage {
  id: string;
  data: Buffer;
  attributes: Record<string, string>;
  publishTime: Date;
}

/** A JSON object, or an empty one. */
function parsed(data: Buffer): object {
  try {
    return Object(JSON.parse(String(data)));
  } catch {
    return {};
  }
}
