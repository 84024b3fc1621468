import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { startJobServer } from 'iex-dataflow/src/runners/flink/job-server';
import {
  createPartFolders,
  readOutput,
  writeInput,
} from 'iex-dataflow/src/runners/flink/part-files';
import { boundedPipeline } from 'iex-dataflow/src/runners/flink/part-pipelines';
import { PART_STEPS } from 'iex-dataflow/src/runners/flink/part-steps';
import { processEnvironment } from 'iex-dataflow/src/runners/flink/worker-environment';
import { Job } from 'iex-dataflow/src/runners/portable/job';
import { inEnvironment, pipelineProto } from 'iex-dataflow/src/runners/portable/pipeline-proto';
import type { Service } from 'iex-dataflow/src/tools/service';
import { expectExactJob } from 'iex-test/support/beam/bounded-job';
import { countersOf } from 'iex-test/support/beam/counters';
import { temporaryFolder } from 'iex-test/support/folder';
import { missingTools } from 'iex-test/support/missing-tools';
import { childrenOf } from 'iex-test/support/processes';
import { skipSuite } from 'iex-test/support/skip';
import { untilTrue } from 'iex-test/support/until';

/** How many quotes make a large bundle. */
const MANY = 5000;

const QUOTE = '{"symbol":"A","latest_price":1,"event_time":"2026-11-22T09:00:00Z"}';

describe('a job on Flink', function () {
  this.timeout(120_000);
  const root = temporaryFolder();
  let server: Service;
  let job: Job;

  before(async function () {
    const missing = missingTools('java', 'mvn');
    if (missing) skipSuite(this, missing);
    server = await startJobServer({ folder: root });
  });
  afterEach(() => job?.close());
  after(() => server?.stop());

  /** A history of these parts, each so many lines. */
  async function history(...parts: string[][]): Promise<string> {
    const folder = mkdtempSync(join(root, 'history-'));
    await createPartFolders(folder);
    for (const [number, lines] of parts.entries()) {
      await writeInput(
        folder,
        number,
        lines.map((line) => ({ payload: Buffer.from(line) })),
      );
    }
    return folder;
  }

  async function submit(
    folder: string,
    parts: number,
    resolutions: number[],
    environment?: Awaited<ReturnType<typeof processEnvironment>>,
  ) {
    const proto = await pipelineProto((pipelineRoot) =>
      boundedPipeline(pipelineRoot, folder, parts, resolutions),
    );
    job = await Job.submit({
      endpoint: server.address,
      name: 'a-job',
      pipeline: inEnvironment(proto, environment ?? (await processEnvironment(folder))),
      options: { parallelism: 1 },
      modules: [PART_STEPS],
    });
    return job;
  }

  const failure = async (ending: Promise<void>) =>
    await ending.then(
      () => expect.fail('it did not fail'),
      (error: Error) => error.message,
    );

  const noWorkers = () => untilTrue(() => childrenOf(server.pid).length === 0);

  it('writes the output of each part, and reports counters', async () => {
    const folder = await history([QUOTE, 'nonsense', QUOTE], [QUOTE]);
    await (await submit(folder, 2, [1, 5])).untilDone();
    const [first, second] = [await readOutput(folder, 0), await readOutput(folder, 1)];
    expect(first.rows).to.have.length(72);
    expect(first.deadLetters).to.have.length(1);
    expect(second.rows).to.have.length(36);
    const counters = await countersOf(server.address, job.id);
    expect(counters).to.include({
      messages_read: 4,
      dead_letters: 1,
      rows_1_min: 18,
      rows_5_min: 90,
    });
    await noWorkers();
  });

  it(`makes exactly the rows of a bundle of ${MANY} quotes`, async () => {
    const options = {
      parallelism: 1,
      max_bundle_size: MANY,
      max_bundle_time_mills: 60_000,
    };
    await expectExactJob(server.address, MANY, [1, 5], options, root);
    await noWorkers();
  });

  it('says why a step failed', async () => {
    const message = await failure((await submit(await history(), 1, [1])).untilDone());
    expect(message).to.match(/^the job failed: .*ENOENT: no such file.*input\/0'$/);
    await noWorkers();
  });

  it('says that its workers cannot start', async () => {
    const folder = await history([QUOTE]);
    const environment = await processEnvironment(folder);
    writeFileSync(join(folder, 'worker'), '#!/bin/sh\nexit 3\n');
    const ending = (await submit(folder, 1, [1], environment)).untilDone();
    expect(await failure(ending)).to.match(/^the job failed: .*exit code 3/);
  });
});
