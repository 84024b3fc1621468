export interface Assumption {
  value: number;
  unit: string;
  why: string;
}

/** Values that could not be looked up or measured, or only in another place. */
export const assumptions = {
  londonUplift: {
    value: 0.34534224 / 0.26804568,
    unit: '× the price in us-central1',
    why: 'The prices of Dataflow in London were not found. They are taken to be higher by the same factor as the prices of VMs: an e2-standard-8 costs 0.34534224 USD an hour in London and 0.26804568 in us-central1 (Compute Engine, 2025-03-06).',
  },
  quotesPerSecondPerVcpu: {
    value: 100,
    unit: 'quotes/s, with all their rows',
    why: 'A thirtieth of the throughput of the direct runner (`npm run bench`): on Dataflow each row is encoded for the harness, and again for the Java code that writes it. **Not measured on Dataflow.** A message counts as one more row.',
  },
  streamingEngineBytesPerRow: {
    value: 200,
    unit: 'bytes',
    why: 'A row has about 100 bytes with its window and key, and passes through Streaming Engine twice on its way to the writer, which writes it exactly once. **Not measured.**',
  },
  streamingEnginePassesPerMessage: {
    value: 2,
    unit: '× the size of a message',
    why: 'A message is read, and stored under its ID to recognize repetitions.',
  },
  workerDiskGib: {
    value: 30,
    unit: 'GiB',
    why: 'The boot disk of a worker with Streaming Engine.',
  },
  functionBusySecondsPerMinute: {
    value: 52,
    unit: 's',
    why: 'The last of the six quotes of a minute starts at 50 s; its request and its publication take 2 s. Cloud Run bills an instance while at least one request runs, whether one or eighty.',
  },
  fanOutSecondsPerMinute: {
    value: 1,
    unit: 's',
    why: 'Measured for 10,000 symbols: 0.5 to 1.1 s.',
  },
  functionUtilisation: {
    value: 0.6,
    unit: 'of `function_concurrency`',
    why: 'Cloud Run starts another instance above 60 % (https://docs.cloud.google.com/run/docs/configuring/scaling-controls).',
  },
  pubsubRequestBytes: {
    value: 1000,
    unit: 'bytes at least',
    why: 'The minimum charge of Pub/Sub for a request. The quotes for one message of `iex-ingest` are taken to share a request when they are published and when they are pulled. When Pub/Sub writes them to BigQuery, each is taken to be a request of its own, which is the worst case.',
  },
  pubsubOverheadBytes: {
    value: 36,
    unit: 'bytes a message',
    why: 'The timestamp and the message ID, which Pub/Sub charges too.',
  },
  logBytesPerMessage: {
    value: 2000,
    unit: 'bytes',
    why: "The log entry of Cloud Run for a request, and the function's own.",
  },
  imageGb: {
    value: 0.2,
    unit: 'GB',
    why: 'An image of a function: Node.js on Ubuntu, and the code. **Not measured.**',
  },
  keptImages: {
    value: 10,
    unit: 'images',
    why: 'The cleanup policies keep at least the five newest images of each function. More remain for a month if you deploy often; layers that images share are stored once.',
  },
  marketHours: {
    value: 7,
    unit: 'h on weekdays',
    why: '`alarm_schedule = "* 9-15 * * 1-5"`: the exchange is open from 9:30 to 16:00, but a schedule for every minute consists of whole hours. Holidays of the exchange are not subtracted.',
  },
  startAndDrainHours: {
    value: 0.5,
    unit: 'h a day',
    why: 'To start the workers before the market opens and to drain them after it closes.',
  },
  queryBytesMinimum: {
    value: 10 * 1024 ** 2,
    unit: 'bytes',
    why: 'The minimum that BigQuery bills for a query.',
  },
  refreshesPerDay: {
    value: 48,
    unit: 'a day',
    why: 'BigQuery refreshes the materialized view `iex.tick_refused` every 30 minutes, and bills each as a query.',
  },
} satisfies Record<string, Assumption>;
