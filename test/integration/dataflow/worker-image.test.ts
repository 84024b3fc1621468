import { readdirSync } from 'node:fs';
import { expect } from 'chai';
import { runBatch } from 'iex-dataflow';
import { setWorkerEnvironment } from 'iex-dataflow/src/runners/dataflow/worker-environment';
import { buildImage } from 'iex-test/support/beam/dockerfile';
import { type Container, JobService } from 'iex-test/support/beam/job-service';
import { MESSAGES, RESOLUTIONS } from 'iex-test/support/beam/messages';
import {
  type Printed,
  printingPipeline,
  readPrinted,
  runJob,
} from 'iex-test/support/beam/printing-job';
import { skipWithoutWorkers } from 'iex-test/support/beam/skip';
import { temporaryFolder } from 'iex-test/support/folder';

const IMAGE = 'europe-west2-docker.pkg.dev/project/iex-stream/worker:1';

/** Nothing listens there. */
const NO_REGISTRY = 'http://localhost:1';

describe('a worker in the image of dataflow/Dockerfile', function () {
  // It installs packages from npm's registry.
  this.timeout(400_000);
  let service: JobService | undefined;
  // Stop it before the folder is removed.
  after(() => service?.stop());
  const folder = temporaryFolder();
  let container: Container;
  let printed: Printed;

  before(async function () {
    skipWithoutWorkers(this);
    const pipeline = await printingPipeline(MESSAGES, RESOLUTIONS);
    await setWorkerEnvironment(pipeline, { image: IMAGE });
    const image = await buildImage('dataflow/Dockerfile', folder);
    const env = { ...image.env, NPM_CONFIG_REGISTRY: NO_REGISTRY };
    service = await JobService.start({ ...image, env }, folder);
    await runJob(service, pipeline);
    [container] = service.containers as [Container];
    printed = readPrinted(container.log);
  });

  it('is started from that image, on a Node.js that is supported', () => {
    expect(container.image).to.equal(IMAGE);
    expect([...printed.nodeVersions].join()).to.match(/^v22\./);
  });

  it('installs nothing when it starts', () => {
    expect(container.log).not.to.match(/added \d+ package/);
    expect(readdirSync(container.app)).to.deep.equal([]);
  });

  it('makes the rows of every quote', async () => {
    const expected = await runBatch(
      MESSAGES.map((payload) => ({ payload })),
      RESOLUTIONS,
    );
    expect(printed.rows).to.have.deep.members(expected.rows);
    expect(printed.deadLetters).to.have.length(expected.deadLetters.length);
  });
});
