import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { deployedTables } from 'iex-dataflow/src/io/tables';
import { writeResults } from 'iex-dataflow/src/io/write-results';
import { createPipeline } from 'iex-dataflow/src/pipeline/pipeline';
import type { DeadLetter } from 'iex-dataflow/src/pipeline/quote';
import type { QuoteRow } from 'iex-dataflow/src/pipeline/row';
import { startJobServer } from 'iex-dataflow/src/runners/flink/job-server';
import { processEnvironment } from 'iex-dataflow/src/runners/flink/worker-environment';
import { Job } from 'iex-dataflow/src/runners/portable/job';
import { inEnvironment, pipelineProto } from 'iex-dataflow/src/runners/portable/pipeline-proto';
import * as beam from 'iex-dataflow/src/sdk/beam';
import type { Service } from 'iex-dataflow/src/tools/service';
import { BigQueryStub, type StubTable } from 'iex-test/support/big-query-stub';
import { temporaryFolder } from 'iex-test/support/folder';
import { missingTools } from 'iex-test/support/missing-tools';
import { skipSuite } from 'iex-test/support/skip';
import { startStubbedExpansionService } from 'iex-test/support/stubbed-expansion-service';

const PROJECT = 'test-project';
const DATASET = `projects/${PROJECT}/datasets/iex`;
const TABLES = deployedTables(PROJECT);
const RESOLUTIONS = [1, 5];
const MICROSECONDS = 1e6;
const NINE = Date.parse('2026-11-22T09:00:00Z') * 1000;

const message = (symbol: string) =>
  JSON.stringify({ symbol, latest_price: 1.1, event_time: '2026-11-22T09:00:00.123456Z' });

/** The rows of that message: windows begin every 10 s, 5 s past the full minute. */
const rowsOf = (symbol: string): QuoteRow[] =>
  RESOLUTIONS.flatMap((minutes) =>
    Array.from({ length: 6 * minutes }, (_, i) => ({
      symbol,
      latest_price: 1.1,
      window_end: NINE + (5 + 10 * i) * MICROSECONDS,
      event_time: NINE + 123_456,
      resolution_minutes: minutes,
    })),
  );

// It is sent as source text, so it can use globals, but nothing of this module.
const encode = (text: string) => Buffer.from(text);

describe('the output of the pipeline in BigQuery', function () {
  this.timeout(90_000);
  let stub: BigQueryStub;
  let expansionService: Service;
  let jobServer: Service;
  let quotes: StubTable;
  let deadLetters: StubTable;

  before(async function () {
    const missing = missingTools('java', 'mvn');
    if (missing) skipSuite(this, missing);
    stub = await BigQueryStub.start(folder);
    expansionService = await startStubbedExpansionService(stub, PROJECT, folder);
    jobServer = await startJobServer({
      folder,
      settings: {
        // A failed bundle is run once more; other runners retry more often.
        'restart-strategy.type': 'fixed-delay',
        'restart-strategy.fixed-delay.attempts': 1,
        'restart-strategy.fixed-delay.delay': '10 ms',
      },
    });
  });

  after(async () => {
    await jobServer?.stop();
    await expansionService?.stop();
    await stub?.close();
  });

  // Removed after the processes that write to it have ended.
  const folder = temporaryFolder();

  beforeEach(() => {
    quotes = stub.createTable(`${DATASET}/tables/quote`, TABLES.quote.columns);
    deadLetters = stub.createTable(`${DATASET}/tables/dead_letter`, TABLES.deadLetter.columns);
  });

  /** Runs a pipeline to its end. */
  async function run(expand: (root: beam.Root) => Promise<void>): Promise<void> {
    const job = await Job.submit({
      endpoint: jobServer.address,
      name: 'big-query-write',
      pipeline: inEnvironment(await pipelineProto(expand), await processEnvironment(folder)),
      options: { job_name: 'big-query-write', parallelism: 1 },
    });
    try {
      await job.untilDone();
    } finally {
      job.close();
    }
  }

  /** Writes the pipeline's output for messages. */
  const runOver = (messages: readonly string[]) =>
    run(async (root) => {
      const payloads = root.apply(beam.create([...messages], false)).map(encode);
      const results = createPipeline(payloads, RESOLUTIONS);
      await writeResults(results, TABLES, expansionService.address);
    });

  /** Writes rows unchanged. */
  const write = (rows: readonly QuoteRow[]) =>
    run(async (root) => {
      const noDeadLetters: DeadLetter[] = [];
      const results = {
        rows: [root.apply(beam.withName('Rows', beam.create([...rows], false)))],
        deadLetters: root.apply(beam.withName('No dead letters', beam.create(noDeadLetters))),
      };
      await writeResults(results, TABLES, expansionService.address);
    });

  it('has each row once, with its values, even if a response gets lost', async () => {
    const [row] = rowsOf('A') as [QuoteRow];
    const rows: QuoteRow[] = [
      row,
      { ...row, symbol: '', latest_price: -0.1, event_time: -1 },
      { ...row, symbol: 'Ünïcödé 株 🚀 "\\\n', latest_price: 5e-324, event_time: -(2 ** 53 - 1) },
      { ...row, symbol: 'zero', latest_price: 0, window_end: 0, event_time: 0 },
      { ...row, symbol: 'large', latest_price: Number.MAX_VALUE, event_time: 2 ** 53 - 1 },
      { ...row, symbol: '+', resolution_minutes: 2 ** 31 },
      { ...row, symbol: '-', resolution_minutes: -(2 ** 31) - 1 },
    ];
    quotes.answersToLose = 1;
    await write(rows);
    expect(quotes.rows).to.have.deep.members(rows);
    expect(quotes.appends.flat(), 'rows sent').to.have.length.above(rows.length);
    expect(deadLetters.rows).to.deep.equal([]);
  });

  it('has refused rows as dead letters; a dead letter that is refused is logged completely', async () => {
    quotes.refuse = ({ symbol }) => (symbol === 'REFUSED' ? 'symbol: not today' : undefined);
    deadLetters.refuse = ({ payload }) => (payload === 'lost' ? 'payload: too sad' : undefined);
    const start = Date.now();
    await runOver([message('A'), message('REFUSED'), message('B'), 'lost', 'nonsense']);
    expect(quotes.rows).to.have.deep.members([...rowsOf('A'), ...rowsOf('B')]);
    const sentAlong = quotes.appends.filter((rows) => new Set(rows.map((r) => r.symbol)).size > 1);
    expect(sentAlong, 'appends of several symbols').not.to.deep.equal([]);

    const ofRows = deadLetters.rows.filter(({ stage }) => stage === 'write');
    expect(ofRows.map(({ payload }) => JSON.parse(String(payload)))).to.have.deep.members(
      rowsOf('REFUSED'),
    );
    for (const { reason, dead_letter_time } of ofRows) {
      expect(reason).to.equal('symbol: not today');
      expect(dead_letter_time).to.be.within(start * 1000, Date.now() * 1000);
    }
    const ofMessages = deadLetters.rows.filter((row) => !ofRows.includes(row));
    expect(ofMessages.map(({ payload, stage }) => ({ payload, stage }))).to.deep.equal([
      { payload: 'nonsense', stage: 'parse' },
    ]);

    const log = readFileSync(join(folder, 'worker.log'), 'utf8');
    const entries = log.match(/\{"severity":"CRITICAL".*\}/g) ?? [];
    const { failed_row, ...entry } = JSON.parse(entries[0] ?? '{}');
    expect(entries).to.have.length(1);
    expect(entry).to.deep.equal({
      severity: 'CRITICAL',
      message: 'dead letter refused',
      error_message: 'payload: too sad',
    });
    expect(failed_row).to.include({ payload: 'lost', stage: 'parse' });
    expect(failed_row).to.have.keys(['payload', 'reason', 'stage', 'dead_letter_time']);
  });

  it('is missing if a table is missing: the job fails, and names the table', async () => {
    stub.tables.delete(quotes.path);
    const error = await runOver([message('A')]).catch((error) => error);
    expect(error).to.be.an.instanceOf(Error);
    expect(error.message).to.match(/^the job failed: .*not found: .*iex\/tables\/quote$/);
  });
});
