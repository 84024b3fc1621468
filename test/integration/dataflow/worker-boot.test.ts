import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { runBatch } from 'iex-dataflow';
import type { DeadLetter } from 'iex-dataflow/src/pipeline/quote';
import { setWorkerEnvironment } from 'iex-dataflow/src/runners/dataflow/worker-environment';
import { packWorkerPackage } from 'iex-dataflow/src/runners/dataflow/worker-package';
import { sdkImage } from 'iex-test/support/beam/image';
import { type Container, JobService } from 'iex-test/support/beam/job-service';
import { MESSAGES, RESOLUTIONS } from 'iex-test/support/beam/messages';
import {
  isPrinted,
  type Printed,
  printingPipeline,
  readPrinted,
  runJob,
} from 'iex-test/support/beam/printing-job';
import { skipWithoutWorkers } from 'iex-test/support/beam/skip';
import { temporaryFolder } from 'iex-test/support/folder';

/** Nothing listens there. */
const NO_REGISTRY = 'http://localhost:1';

describe("a worker in the SDK's image, with the staged package of a template", function () {
  // The first time, it installs Beam for Python, Node.js 16 and the boot program.
  this.timeout(400_000);
  let service: JobService | undefined;
  // Stop it before the folder is removed.
  after(() => service?.stop());
  const folder = temporaryFolder();
  let counters: Record<string, number>;
  let container: Container;
  let printed: Printed;
  let messages: string[];

  before(async function () {
    skipWithoutWorkers(this);
    const pipeline = await printingPipeline(MESSAGES, RESOLUTIONS);
    await setWorkerEnvironment(pipeline, { package: await packWorkerPackage(folder) });
    const image = await sdkImage();
    const env = { ...image.env, NPM_CONFIG_REGISTRY: NO_REGISTRY };
    service = await JobService.start({ ...image, env }, folder);
    counters = await runJob(service, pipeline);
    [container] = service.containers as [Container];
    printed = readPrinted(container.log);
    messages = service.workerMessages;
  });

  it('is started from that image, on Node.js 16', () => {
    expect(container.image).to.equal('docker.io/apache/beam_typescript_sdk:2.49.0');
    expect([...printed.nodeVersions]).to.deep.equal(['v16.20.2']);
  });

  it('installs one package, without a registry', () => {
    expect(container.log).to.match(/^added 1 package /m);
    expect(readdirSync(join(container.app, 'node_modules'))).to.have.members([
      '.bin',
      '.package-lock.json',
      'iex-dataflow',
    ]);
  });

  it('makes the same rows and dead letters as the direct runner', async () => {
    const expected = await runBatch(
      MESSAGES.map((payload) => ({ payload })),
      RESOLUTIONS,
    );
    expect(printed.rows).to.have.deep.members(expected.rows);
    // The reasons are partly Node.js' own words, and the time is that of the run.
    const lasting = ({ payload, stage }: DeadLetter) => ({ payload, stage });
    expect(printed.deadLetters.map(lasting)).to.have.deep.members(
      expected.deadLetters.map(lasting),
    );
  });

  it('reports counters', () => {
    expect(counters).to.deep.equal({
      messages_read: 5,
      messages_parsed: 2,
      dead_letters: 3,
      dead_letters_decode: 1,
      dead_letters_parse: 1,
      dead_letters_validate: 1,
      dead_letters_write: 0,
      rows_1_min: 12,
      rows_5_min: 60,
    });
  });

  it('sends the messages of its steps to the runner, but no message for each request', () => {
    expect(messages.some(isPrinted)).to.equal(true);
    const others = messages.filter((message) => !isPrinted(message));
    for (const message of others) {
      expect(message).to.match(/^(Starting worker |Control channel closed|\{\\"severity\\")/);
    }
    expect(others).to.have.length.below(6);
  });
});
