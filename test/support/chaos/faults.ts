/** What goes wrong in a chaos run, and when. */
import type { Fault } from 'iex-local/quote-simulator/index';

/** The parts that are killed and paused. */
export const PROCESSES = ['fanOut', 'iexApi', 'runner'] as const;

export type ProcessName = (typeof PROCESSES)[number];

/** The connections that are cut: those of all parts to Pub/Sub, or of the function to its API. */
export type Connection = 'pubsub' | 'api';

/** One thing that goes wrong. */
export type Disturbance =
  /** With a burst of quotes before it, a runner is killed while it processes them. */
  | { kind: 'kill'; process: ProcessName; burst?: true }
  | { kind: 'pause'; process: ProcessName; durationMs: number }
  | { kind: 'api'; fault: Fault; symbol?: string; durationMs: number }
  | { kind: 'cut'; connection: Connection; durationMs: number }
  | { kind: 'malformed'; topic: string; data: string }
  | { kind: 'repeat' }
  | { kind: 'disk'; durationMs: number };

/** A disturbance and when it begins, in ms since the start of the run. */
export type Planned = Disturbance & { atMs: number };

/** Messages that no part can use, by topic. */
const MALFORMED: readonly (readonly [topic: string, data: string])[] = [
  ['iex-aggregate', 'not JSON'],
  ['iex-aggregate', '{}'],
  ['iex-aggregate', '{"symbol": "AAPL"}'],
  ['iex-aggregate', '{"symbol": "AAPL", "latest_price": -1}'],
  ['iex-aggregate', '{"symbol": "", "latest_price": 1}'],
  ['iex-aggregate', '{"symbol": "AAPL", "latest_price": 1, "event_time": "yesterday"}'],
  ['iex-aggregate', '\u0000\u0001'],
  ['iex-ingest', '{"ticker": 7}'],
  ['iex-ingest', 'AAPL'],
  ['iex-fan-out', '{"tickers": "AAPL"}'],
  ['iex-fan-out', '[]'],
];

/** Every way in which the quote API fails; the last ones for one symbol only. */
const API_FAULTS: readonly Fault[] = [
  { kind: 'throttled', retryAfter: 3 },
  { kind: 'throttled', status: 429 },
  { kind: 'serverError' },
  { kind: 'serverError', status: 503 },
  { kind: 'timeout' },
  { kind: 'slow', ms: 4000 },
  { kind: 'slow', ms: 12_000 },
  { kind: 'connectionReset' },
  { kind: 'html' },
  { kind: 'missingPrice' },
  { kind: 'nullPrice' },
  { kind: 'unknownSymbol' },
];

/** Longest pause between two disturbances, in ms. */
const LONGEST_GAP_MS = 6000;

/** Longest duration of a disturbance, in ms: longer than a slot and than Pub/Sub's lease of 10 s. */
const LONGEST_MS = 15_000;

export interface PlanOptions {
  durationMs: number;
  /** The same seed and duration give the same plan. */
  seed: number;
  /** A symbol that some API faults concern. */
  symbol: string;
  /** Whether the data folder has a disk of its own that can be filled. */
  canFillDisk: boolean;
}

/** Plans the disturbances of a run, in the order in which they begin. */
export function planDisturbances({
  durationMs,
  seed,
  symbol,
  canFillDisk,
}: PlanOptions): Planned[] {
  const random = generator(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const oneOf = <T>(items: readonly T[]): T => items[below(items.length)] as T;
  const duration = () => 500 + below(LONGEST_MS - 500);
  const makers: (() => Disturbance)[] = [
    () => ({ kind: 'kill', process: oneOf(PROCESSES) }),
    () => ({ kind: 'kill', process: 'runner', burst: true }),
    () => ({ kind: 'pause', process: oneOf(PROCESSES), durationMs: duration() }),
    () => ({ kind: 'api', fault: oneOf(API_FAULTS), durationMs: duration() }),
    () => ({ kind: 'api', fault: oneOf(API_FAULTS), symbol, durationMs: duration() }),
    () => ({ kind: 'cut', connection: oneOf(['pubsub', 'api']), durationMs: below(5000) }),
    () => {
      const [topic, data] = oneOf(MALFORMED);
      return { kind: 'malformed', topic, data };
    },
    () => ({ kind: 'repeat' }),
    () => ({ kind: 'disk', durationMs: duration() }),
  ];
  const plan: Planned[] = [];
  for (let atMs = 1000 + below(2000); atMs < durationMs; atMs += 500 + below(LONGEST_GAP_MS)) {
    plan.push({ atMs, ...oneOf(makers)() });
  }
  // Left out afterwards, so that the rest of the plan does not depend on it.
  return plan.filter(({ kind }) => kind !== 'disk' || canFillDisk);
}

/** Random numbers in [0, 1) by the algorithm mulberry32; Node.js has none that take a seed. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A disturbance in a few words. */
export function describeDisturbance(disturbance: Disturbance): string {
  switch (disturbance.kind) {
    case 'kill':
      return `${disturbance.process} was killed${disturbance.burst ? ' amid a burst of quotes' : ''}`;
    case 'pause':
      return `${disturbance.process} was paused`;
    case 'api':
      return `the quote API failed (${disturbance.fault.kind}${disturbance.symbol ? ', one symbol' : ''})`;
    case 'cut':
      return `connections to ${disturbance.connection === 'api' ? 'the quote API' : 'Pub/Sub'} were cut`;
    case 'malformed':
      return `a malformed message on ${disturbance.topic}`;
    case 'repeat':
      return 'a message was delivered again';
    case 'disk':
      return 'the disk was full';
  }
}
