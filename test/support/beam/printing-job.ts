import { setTimeout as delay } from 'node:timers/promises';
import { KVCoder } from 'apache-beam/coders/required_coders';
import { StrUtf8Coder } from 'apache-beam/coders/standard_coders';
import { groupByKey } from 'apache-beam/transforms/internal';
import { tableColumns } from 'iex-contract/infrastructure';
import type { BatchOutput } from 'iex-dataflow';
import { tableRowSchema } from 'iex-dataflow/src/io/bigquery-sink';
import { createPipeline } from 'iex-dataflow/src/pipeline/pipeline';
import type { DeadLetter } from 'iex-dataflow/src/pipeline/quote';
import type { QuoteRow } from 'iex-dataflow/src/pipeline/row';
import { Job } from 'iex-dataflow/src/runners/portable/job';
import { pipelineProto } from 'iex-dataflow/src/runners/portable/pipeline-proto';
import * as beam from 'iex-dataflow/src/sdk/beam';
import { RowCoder } from 'iex-dataflow/src/sdk/row-coder';
import { countersOf } from './counters.js';
import type { JobService } from './job-service.js';

/** Begins each line that the pipeline prints. */
const MARK = 'printed';

/** The runner ends a worker that runs on after the job within this time, in ms. */
const GRACE_MS = 5000;

/** The output of a worker. */
export interface Printed extends BatchOutput {
  /** The versions of Node.js that it ran on. */
  nodeVersions: Set<string>;
}

// These are sent as source text, because no module of the worker has them. They may use globals,
// but nothing from this module.
const decode = (base64: string) => Buffer.from(base64, 'base64');
const bySymbol = (row: QuoteRow) => ({ key: row.symbol, value: row });
const printRows = (group: { value: Iterable<QuoteRow> }, { mark }: { mark: string }) => {
  for (const row of group.value) {
    console.error(`${mark} ${JSON.stringify({ node: process.version, row })}`);
  }
};
const printDeadLetter = (deadLetter: DeadLetter, { mark }: { mark: string }) => {
  console.error(`${mark} ${JSON.stringify({ node: process.version, deadLetter })}`);
};

/**
 * The pipeline over messages, with sinks that print. Rows leave the worker as they do for BigQuery,
 * and come back to be printed.
 */
export function printingPipeline(
  messages: readonly Uint8Array[],
  resolutions: readonly number[],
): Promise<beam.PipelineProto> {
  const coder = new KVCoder(
    new StrUtf8Coder(),
    new RowCoder(tableRowSchema(tableColumns('quote'))),
  );
  const context = { mark: MARK };
  return pipelineProto((root) => {
    const source = root
      .apply(beam.create(messages.map((message) => Buffer.from(message).toString('base64'))))
      .map(decode);
    const { rows, deadLetters } = createPipeline(source, resolutions);
    for (const [i, resolutionRows] of rows.entries()) {
      resolutionRows
        .map(beam.withName(`By symbol ${resolutions[i]}`, bySymbol))
        .apply(beam.withName(`As rows ${resolutions[i]}`, beam.withCoderInternal(coder as never)))
        .apply(beam.withName(`Out and back ${resolutions[i]}`, groupByKey()))
        .apply(beam.mapStep(`Print rows ${resolutions[i]}`, printRows as never, context));
    }
    deadLetters.apply(beam.mapStep('Print dead letters', printDeadLetter, context));
  });
}

/**
 * Runs a pipeline to its end; resolves to its counters by name.
 *
 * @throws if the job fails, or the worker ends before it; with the worker's log
 */
export async function runJob(
  service: JobService,
  pipeline: beam.PipelineProto,
): Promise<Record<string, number>> {
  const job = await Job.submit({ endpoint: service.address, name: 'printing', pipeline });
  const over = new AbortController();
  try {
    await Promise.race([job.untilDone(), untilWorkerEnds(service, over.signal)]);
    return await countersOf(service.address, job.id);
  } catch (error) {
    const logs = service.containers.map(({ log }) => log);
    throw new Error([(error as Error).message, ...logs].join('\n'), { cause: error });
  } finally {
    over.abort();
    job.close();
  }
}

/**
 * Rejects when the worker has ended and the runner does not notice, in which case the job would
 * never end.
 */
async function untilWorkerEnds(service: JobService, signal: AbortSignal): Promise<never> {
  const hasExited = () => service.containers.some(({ state }) => state === 'exited');
  for (;;) {
    await delay(200, undefined, { signal });
    if (!hasExited()) continue;
    await delay(GRACE_MS, undefined, { signal });
    if (hasExited()) throw new Error('the worker has ended before the job');
  }
}

/** Whether the pipeline has printed a line; the worker prints others. */
export const isPrinted = (line: string) => line.startsWith(`${MARK} `);

/** Reads a worker's log. */
export function readPrinted(log: string): Printed {
  const printed: Printed = { rows: [], deadLetters: [], nodeVersions: new Set() };
  for (const line of log.split('\n').filter(isPrinted)) {
    const { node, row, deadLetter } = JSON.parse(line.slice(MARK.length));
    printed.nodeVersions.add(node);
    if (row) printed.rows.push(row);
    if (deadLetter) printed.deadLetters.push(deadLetter);
  }
  return printed;
}
