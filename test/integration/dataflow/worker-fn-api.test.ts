import { expect } from 'chai';
import { sdkNodeCommands } from '../../support/beam/image.js';
import { skipWithoutWorkers } from '../../support/beam/skip.js';
import { stagedWorker } from '../../support/beam/staged-worker.js';
import { type FusedPipeline, fusedTemplates, type Stage } from '../../support/beam/stages.js';
import { generatedTemplates } from '../../support/beam/templates.js';
import {
  atOnce,
  countersOf,
  type Deliver,
  type DescribedStage,
  PUBLISHED_MS,
  WorkerSession,
} from '../../support/beam/worker-session.js';
import { missingTools } from '../../support/missing-tools.js';
import { type ReferenceQuote, referenceRows } from '../../support/reference.js';
import { skipSuite } from '../../support/skip.js';

/** The resolutions of each template, in minutes. */
const RESOLUTIONS: Record<string, number[]> = {
  'iex-aggregate': [1, 5, 15],
  'iex-aggregate-1': [1],
  'iex-aggregate-5': [5],
  'iex-aggregate-15': [15],
};

const MEGABYTE = 1e6;
const MICROSECONDS = 1000;

/** Messages that a worker's step reads, and what it makes of them. */
const quotesOf = (count: number, first = 0): ReferenceQuote[] =>
  Array.from({ length: count }, (_, i) => ({
    symbol: `S${first + i}`,
    latest_price: (first + i + 1) / 100,
    eventTime: Date.UTC(2026, 0, 5, 15, 0, 0, 7) + 1237 * (first + i),
  }));

const messageOf = (quote: ReferenceQuote, padding = 0) => {
  const { symbol, latest_price, eventTime } = quote;
  const event_time = new Date(eventTime).toISOString();
  return Buffer.from(
    JSON.stringify({ symbol, latest_price, event_time, padding: 'x'.repeat(padding) }),
  );
};

const rowsOf = (quotes: readonly ReferenceQuote[], job: string) =>
  referenceRows(quotes, RESOLUTIONS[job] ?? []).map((row) => ({
    symbol: row.symbol,
    latest_price: row.latest_price,
    window_end: row.windowEnd * MICROSECONDS,
    event_time: row.eventTime * MICROSECONDS,
    resolution_minutes: row.resolution,
  }));

/** Compares rows in any order, each as often as it comes. */
function expectRows(actual: readonly unknown[] = [], expected: readonly object[], what: string) {
  const surplus = new Map<string, number>();
  const count = (row: unknown, by: number) => {
    const key = JSON.stringify(row);
    const sum = (surplus.get(key) ?? 0) + by;
    if (sum === 0) surplus.delete(key);
    else surplus.set(key, sum);
  };
  for (const row of expected) count(row, -1);
  for (const row of actual) count(row, 1);
  expect([...surplus].slice(0, 3), `${what}: ${actual.length} rows of ${expected.length}`).to.be
    .empty;
}

/** Ways to send a bundle that the Fn API allows. */
const DELIVERIES: Record<string, Deliver> = {
  'all data and the end mark in one message': atOnce,
  'the end mark on the data': async ({ elements, piece, send }) =>
    await send(piece(Buffer.concat(elements), true)),
  'the end mark in a message of its own': async ({ elements, piece, send }) => {
    await send(piece(Buffer.concat(elements)));
    await send(piece(undefined, true));
  },
  'a message for each element': async ({ elements, piece, send }) => {
    for (const element of elements) await send(piece(element));
    await send(piece(undefined, true));
  },
  'many pieces in each message, some of them empty': async ({ elements, piece, send }) => {
    for (let i = 0; i < elements.length; i += 7) {
      const pieces = elements.slice(i, i + 7).map((element) => piece(element));
      await send(piece(), ...pieces, piece());
    }
    await send(piece(), piece(undefined, true));
  },
};

for (const runtime of ['Node.js 16', 'this Node.js'] as const) {
  describe(`a staged worker on ${runtime}, for a runner that is as unkind as Beam's Fn API allows`, function () {
    this.timeout(60_000);
    let pipelines: FusedPipeline[];
    let start: (options?: {
      nodeOptions?: string[];
      newerBeam?: boolean;
    }) => Promise<WorkerSession>;
    const sessions: WorkerSession[] = [];
    /** For tests that do not end their worker. */
    let session: WorkerSession;

    before(async function () {
      skipWithoutWorkers(this);
      const missing = missingTools('java', 'mvn');
      if (missing) skipSuite(this, missing);
      this.timeout(600_000);
      pipelines = await fusedTemplates();
      const node = runtime === 'Node.js 16' ? `${await sdkNodeCommands()}/node` : process.execPath;
      const [template] = await generatedTemplates();
      // Dataflow nests them as its templates do.
      const { options } = template!.environment.sdkPipelineOptions;
      const app = await stagedWorker();
      start = async (more = {}) => {
        const started = await WorkerSession.start({ node, app, options: { options }, ...more });
        sessions.push(started);
        return started;
      };
      session = await start();
    });

    after(() => Promise.all(sessions.map((each) => each.stop())));

    const stageOf = (firstStep: string, job = 'iex-aggregate'): Stage => {
      const stages = pipelines.find((pipeline) => pipeline.job === job)?.stages ?? [];
      const stage = stages.find(
        ({ isTypeScript, steps }) =>
          isTypeScript && steps.some((step) => step.startsWith(firstStep)),
      );
      if (!stage) throw new Error(`${job} has no stage with ${firstStep}`);
      return stage;
    };
    const readStage = (job?: string) => stageOf('Read messages', job);
    const refuseStage = (job?: string) => stageOf('Refuse rows', job);
    const lostStage = (job?: string) => stageOf('Log lost dead letters', job);

    /** Runs a bundle of quotes, and compares every row. */
    async function expectExact(
      described: DescribedStage,
      count: number,
      deliver?: Deliver,
      at = session,
    ) {
      const quotes = quotesOf(count);
      const result = await at.run(
        described,
        quotes.map((quote) => messageOf(quote)),
        deliver,
      );
      expectRows(result.output.quote, rowsOf(quotes, described.stage.job), described.id);
      expect(result.output.dead_letter).to.deep.equal([]);
      return result;
    }

    it('reports every counter from the first message on', async () => {
      const fresh = await start();
      const described = fresh.describe(readStage());
      const { response } = await expectExact(described, 1, atOnce, fresh);
      expect(countersOf(response)).to.deep.equal({
        messages_read: 1,
        messages_parsed: 1,
        dead_letters: 0,
        dead_letters_decode: 0,
        dead_letters_parse: 0,
        dead_letters_validate: 0,
        dead_letters_write: 0,
        rows_1_min: 6,
        rows_5_min: 30,
        rows_15_min: 90,
      });
    });

    for (const job of Object.keys(RESOLUTIONS)) {
      describe(`for ${job}`, () => {
        for (const [name, deliver] of Object.entries(DELIVERIES)) {
          it(`makes each row once of ${name}`, async () => {
            await expectExact(session.describe(readStage(job)), 100, deliver);
          });
        }

        it('makes each row once where the output has many megabytes', async () => {
          const { messageBytes } = await expectExact(
            session.describe(readStage(job)),
            job.endsWith('-1') ? 8000 : 1500,
            DELIVERIES['the end mark in a message of its own'],
          );
          expect(messageBytes.filter((bytes) => bytes > MEGABYTE)).to.have.length.above(1);
        });

        it('makes each row once where Dataflow describes the stage', async () => {
          await expectExact(session.describe(readStage(job), { windowedCollections: true }), 10);
        });

        it('makes each row once where elements have their length before them', async () => {
          await expectExact(session.describe(readStage(job), { lengthPrefixed: true }), 100);
        });

        it('makes dead letters of refused messages and of refused rows', async () => {
          const read = session.describe(readStage(job));
          const { output } = await session.run(read, [
            messageOf(quotesOf(1)[0]!),
            Buffer.from('nonsense'),
            Buffer.from([0x7b, 0xff]),
          ]);
          expectRows(output.quote, rowsOf(quotesOf(1), job), 'rows');
          expect(output.dead_letter).to.have.length(2);
          expect(output.dead_letter?.[0]).to.include({ payload: 'nonsense', stage: 'parse' });
          expect(output.dead_letter?.[1]).to.include({ payload: 'e/8=', stage: 'decode' });

          const [row] = rowsOf(quotesOf(1), job);
          const refused = { failed_row: row, error_message: 'not today' };
          const result = await session.run(session.describe(refuseStage(job)), [refused, refused]);
          expect(result.output.dead_letter).to.have.length(2);
          const [deadLetter] = result.output.dead_letter as [Record<string, unknown>];
          expect(JSON.parse(String(deadLetter.payload))).to.deep.equal(row);
          expect(deadLetter).to.include({ reason: 'not today', stage: 'write' });
        });
      });
    }
  });
}
