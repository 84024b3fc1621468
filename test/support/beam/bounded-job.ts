// First, because it patches the SDK that is imported next.
import 'iex-dataflow';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KVCoder } from 'apache-beam/coders/required_coders';
import { StrUtf8Coder } from 'apache-beam/coders/standard_coders';
import { groupByKey } from 'apache-beam/transforms/internal';
import { tableColumns } from 'iex-contract/infrastructure';
import { tableRowSchema } from 'iex-dataflow/src/io/bigquery-sink';
import { createPipeline } from 'iex-dataflow/src/pipeline/pipeline';
import type { QuoteRow } from 'iex-dataflow/src/pipeline/row';
import { processEnvironment } from 'iex-dataflow/src/runners/flink/worker-environment';
import { submitJob } from 'iex-dataflow/src/runners/portable/job';
import { inEnvironment, pipelineProto } from 'iex-dataflow/src/runners/portable/pipeline-proto';
import * as beam from 'iex-dataflow/src/sdk/beam';
import { RowCoder } from 'iex-dataflow/src/sdk/row-coder';
import * as rowFile from '../row-file.cjs';
import { expectRows, quotesOf, rowsOf } from './quotes.js';

// These are sent as source text: they may use globals, but nothing from this module.
const numbersBelow = (count: number) => Array.from({ length: count }, (_, i) => i);
const same = (number: number) => number;
/** The messages of `quotesOf`. */
const messageOf = ({ key: i }: { key: number }) => {
  const event_time = new Date(Date.UTC(2026, 0, 5, 15, 0, 0, 7) + 1237 * i).toISOString();
  const quote = { symbol: 'S'.concat(String(i)), latest_price: (i + 1) / 100, event_time };
  return Buffer.from(JSON.stringify(quote));
};
const bySymbol = (row: QuoteRow) => ({ key: row.symbol, value: row });
const valuesOf = ({ value }: { value: Iterable<QuoteRow> }) => value;

/**
 * Runs the pipeline over so many quotes on a runner, and compares every row. The quotes come to the
 * worker from the runner, and the rows go back to the runner and to the worker again.
 *
 * @param endpoint the runner's job service, HOST:PORT
 * @param options pipeline options
 * @param folder takes logs and rows; removed by the caller
 */
export async function expectExactJob(
  endpoint: string,
  count: number,
  resolutions: readonly number[],
  options: Readonly<Record<string, string | number>>,
  folder: string,
): Promise<void> {
  const rowFolder = join(folder, 'rows');
  mkdirSync(rowFolder);
  const coder = new KVCoder(
    new StrUtf8Coder(),
    new RowCoder(tableRowSchema(tableColumns('quote'))),
  );
  const proto = await pipelineProto((root) => {
    const messages: beam.PCollection<Uint8Array> = root
      .apply(beam.create([count]))
      .flatMap(beam.withName('Numbers', numbersBelow))
      .apply(beam.withName('Through the runner', beam.groupBy(same)))
      .map(beam.withName('Messages', messageOf));
    for (const [i, rows] of createPipeline(messages, resolutions).rows.entries()) {
      rows
        // As before BigQuery. After a group, the watermark is past the windows, which would be
        // late.
        .apply(beam.withName(`Global ${resolutions[i]}`, beam.windowInto(beam.globalWindows())))
        .map(beam.withName(`By symbol ${resolutions[i]}`, bySymbol))
        .apply(beam.withName(`As rows ${resolutions[i]}`, beam.withCoderInternal(coder as never)))
        .apply(beam.withName(`Out and back ${resolutions[i]}`, groupByKey()))
        .flatMap(beam.withName(`Values ${resolutions[i]}`, valuesOf as never))
        .map(beam.withName(`Keep rows ${resolutions[i]}`, rowFile.appendRow), {
          folder: rowFolder,
        });
    }
  });
  const job = await submitJob({
    endpoint,
    name: 'bounded',
    pipeline: inEnvironment(proto, await processEnvironment(folder)),
    options,
    modules: [rowFile.MODULE],
  });
  try {
    await job.untilDone();
  } finally {
    job.close();
  }
  const rows = readdirSync(rowFolder).flatMap((file) =>
    readFileSync(join(rowFolder, file), 'utf8').trim().split('\n'),
  );
  expectRows(
    rows.map((line) => JSON.parse(line)),
    rowsOf(quotesOf(count), resolutions),
  );
}
