import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { startQuoteSimulator } from 'iex-local/quote-simulator/index';
import {
  type FunctionProcess,
  type LogEntry,
  startFunction,
} from 'iex-test/support/function-process';
import { startTopic, type Topic } from 'iex-test/support/topic';
import { untilTrue } from 'iex-test/support/until';

/** How long the simulated quote API takes to respond, in ms. */
const LATENCY_MS = 50;

const SLOT_MS = 10_000;

/** Age (ms) of the tick that warms the instance up: the last slot is under way. */
const WARM_UP_AGE_MS = 50_000;

/** Age (ms) of the measured tick: of its six slots, 3 is under way, and 4 and 5 are measured. */
const AGE_MS = 38_000;

const MEASURED_SLOTS = [4, 5];

/** Node's default heap in an instance of 256 MB: half of it for long-lived objects. */
const INSTANCE = { NODE_OPTIONS: '--max-old-space-size=128' };

/**
 * Tickers and the messages that they arrive in. 80 messages are what an instance handles at a time
 * by default (`function_concurrency`), and 100 tickers the most that most quote APIs take at once.
 */
const LOADS: readonly (readonly [tickers: number, messages: number])[] = [
  [1, 1],
  [1_000, 1],
  [1_000, 10],
  [80, 80],
  [8_000, 80],
];

/** The measurements of one instance and one tick. */
interface TickResult {
  /** By how much (ms) the worst slot of each message began later than planned. */
  readonly jitterMs: readonly number[];
  /** From the start of a slot to the receipt of its last quote, in s; the slowest slot. */
  readonly seconds: number;
  /** Quotes that did not come through, of the slots that were to be taken. */
  readonly missed: number;
  readonly memoryMb: number;
}

/**
 * Measures one instance of each function in the functions framework, from the bundle: how exactly
 * `iexApi` keeps its slots and how many quotes it publishes, and how fast `fanOut` splits an alarm
 * of 10,000 tickers. Prints the figures; takes about two minutes.
 */
export async function benchFunction(): Promise<void> {
  console.log(
    `iexApi: one instance, quote API with ${LATENCY_MS} ms latency, ${MEASURED_SLOTS.length} slots`,
  );
  console.log('tickers  messages  jitter p50 ms  jitter p99 ms  quotes/s  missed  memory MB');
  for (const [tickers, messages] of LOADS) {
    const result = await benchTick(tickers, messages);
    const sorted = result.jitterMs.toSorted((a, b) => a - b);
    const columns = [
      String(tickers).padStart(7),
      String(messages).padStart(8),
      quantile(sorted, 0.5).toFixed(0).padStart(13),
      quantile(sorted, 0.99).toFixed(0).padStart(13),
      (tickers / result.seconds).toFixed(0).padStart(8),
      String(result.missed).padStart(6),
      result.memoryMb.toFixed(0).padStart(9),
    ];
    console.log(columns.join('  '));
  }
  const { seconds, memoryMb } = await benchFanOut(10_000);
  console.log(`fanOut: 10,000 tickers in ${seconds.toFixed(2)} s, ${memoryMb.toFixed(0)} MB`);
}

async function benchTick(tickers: number, messages: number): Promise<TickResult> {
  const simulator = await startQuoteSimulator({ latencyMs: LATENCY_MS });
  const topic = await startTopic('iex-aggregate');
  const iexApi = await startFunction('iexApi', {
    ...topic.env,
    ...INSTANCE,
    QUOTE_API_URL: simulator.url,
  });
  const memory = watchMemory(iexApi);
  try {
    await pushTick(iexApi, 'warm-up', tickers, messages, new Date(Date.now() - WARM_UP_AGE_MS));
    const publishTime = new Date(Date.now() - AGE_MS);
    await pushTick(iexApi, 'measured', tickers, messages, publishTime);
    const summaries = () => iexApi.log.filter(isSummary);
    await untilTrue(() => summaries().length === 2 * messages);
    const measured = summaries().filter(({ tick }) => tick === 'measured');
    const published = sum(summaries().map(({ published }) => published));
    await untilTrue(() => topic.received.length === published);
    return {
      jitterMs: measured.map(({ slot_lag_ms }) => slot_lag_ms.max),
      seconds: slowestSlot(topic, publishTime.getTime()),
      missed: sum(measured.map((tick) => tick.missed - tick.missed_by_reason.late)),
      memoryMb: memory.stop(),
    };
  } finally {
    memory.stop();
    await iexApi.stop();
    await topic.close();
    await simulator.close();
  }
}

/** The fields of a tick's log line that are used here. */
type Summary = {
  readonly tick: string;
  readonly published: number;
  readonly missed: number;
  readonly missed_by_reason: { readonly late: number };
  readonly slot_lag_ms: { readonly max: number };
};

function isSummary(entry: LogEntry): entry is Summary {
  return 'published' in entry;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** Delivers the tickers in a number of messages at once; resolves when all are acknowledged. */
async function pushTick(
  iexApi: FunctionProcess,
  tickId: string,
  tickers: number,
  messages: number,
  publishTime: Date,
): Promise<void> {
  const size = tickers / messages;
  const pushed = Array.from({ length: messages }, (_, message) =>
    iexApi.push({
      json: { tickers: Array.from({ length: size }, (_, index) => `T${message * size + index}`) },
      messageId: `${tickId}-${message}`,
      attributes: { tick_id: tickId },
      publishTime,
    }),
  );
  await Promise.all(pushed);
}

function slowestSlot(topic: Topic, tickStart: number): number {
  const durations = MEASURED_SLOTS.map((slot) => {
    const receipts = topic.received
      .filter(
        ({ attributes }) =>
          /^measured.*\/(\d)$/.exec(attributes.quote_id ?? '')?.[1] === String(slot),
      )
      .map(({ receivedAt }) => receivedAt);
    return Math.max(...receipts) - (tickStart + slot * SLOT_MS);
  });
  return Math.max(...durations) / 1_000;
}

async function benchFanOut(count: number): Promise<{ seconds: number; memoryMb: number }> {
  const topic = await startTopic('iex-ingest');
  const fanOut = await startFunction('fanOut', { ...topic.env, ...INSTANCE });
  const memory = watchMemory(fanOut);
  try {
    const tickers = Array.from({ length: count }, (_, index) => `T${index}`);
    const start = performance.now();
    await fanOut.push({ json: { tickers }, messageId: '1' });
    const seconds = (performance.now() - start) / 1_000;
    await untilTrue(() => topic.received.length === count);
    return { seconds, memoryMb: memory.stop() };
  } finally {
    memory.stop();
    await fanOut.stop();
    await topic.close();
  }
}

/** Follows the resident memory of a function; `stop` returns the highest value, in MB. */
function watchMemory({ process }: FunctionProcess): { stop(): number } {
  let highest = 0;
  const timer = setInterval(() => {
    highest = Math.max(highest, residentMb(process.pid ?? 0));
  }, 250);
  return {
    stop() {
      clearInterval(timer);
      return highest;
    },
  };
}

/** The resident memory of a process, in MB. Small Linux systems have no `ps`, others no `/proc`. */
function residentMb(pid: number): number {
  const kilobytes =
    process.platform === 'linux'
      ? /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
      : execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' });
  return Number(kilobytes) / 1_024;
}

/** The value below which the share `q` of the sorted values lies. */
function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}
