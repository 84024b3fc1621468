import { readdirSync } from 'node:fs';
import { expect } from 'chai';
import { runBatch } from 'iex-dataflow';
import { setWorkerEnvironment } from 'iex-dataflow/src/runners/dataflow/worker-environment';
import { type DockerContainer, dockerContainers } from 'iex-test/support/beam/docker-containers';
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

/**
 * An image that Docker has built from the Dockerfile; without it, the test follows the Dockerfile's
 * instructions without Docker.
 */
const BUILT = process.env.IEX_TEST_WORKER_IMAGE;

const IMAGE = BUILT ?? 'europe-west2-docker.pkg.dev/project/iex-stream/worker:1';

/** Nothing listens there. */
const NO_REGISTRY = 'http://localhost:1';

describe('a worker in the image of dataflow/Dockerfile', function () {
  // It installs packages from npm's registry.
  this.timeout(400_000);
  let service: JobService | undefined;
  // Stop it before the folder is removed.
  after(() => service?.stop());
  const folder = temporaryFolder();
  let container: DockerContainer & Partial<Container>;
  let printed: Printed;

  before(async function () {
    skipWithoutWorkers(this);
    const pipeline = await printingPipeline(MESSAGES, RESOLUTIONS);
    await setWorkerEnvironment(pipeline, { image: IMAGE });
    service = await JobService.start(BUILT ? undefined : await followDockerfile(), folder);
    await runJob(service, pipeline);
    const [first] = BUILT ? dockerContainers(BUILT) : service.containers;
    if (!first) throw new Error('no container was started');
    container = first;
    printed = readPrinted(container.log);
  });

  async function followDockerfile() {
    const image = await buildImage('dataflow/Dockerfile', folder);
    return { ...image, env: { ...image.env, NPM_CONFIG_REGISTRY: NO_REGISTRY } };
  }

  it('is started from that image, on a Node.js that is supported', () => {
    expect(container.image).to.equal(IMAGE);
    expect([...printed.nodeVersions].join()).to.match(/^v22\./);
  });

  it('installs nothing when it starts', () => {
    expect(container.log).not.to.match(/added \d+ package/);
    if (container.app) expect(readdirSync(container.app)).to.deep.equal([]);
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
