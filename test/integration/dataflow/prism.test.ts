import { startJobServer } from 'iex-dataflow/src/runners/flink/job-server';
import { expectExactJob } from 'iex-test/support/beam/bounded-job';
import { startPrism } from 'iex-test/support/beam/prism';
import { temporaryFolder } from 'iex-test/support/folder';
import { missingTools } from 'iex-test/support/missing-tools';
import { skipTest } from 'iex-test/support/skip';

const QUOTES = 5000;
const RESOLUTIONS = [1, 5];

describe(`bundles of ${QUOTES} quotes`, function () {
  // The first time, it fetches Flink and builds Prism.
  this.timeout(600_000);

  describe('on Flink', () => {
    const folder = temporaryFolder();

    it('make exactly their rows', async function () {
      const missing = missingTools('java', 'mvn');
      if (missing) skipTest(this, missing);
      const server = await startJobServer({ folder });
      try {
        const options = {
          parallelism: 1,
          max_bundle_size: QUOTES,
          max_bundle_time_mills: 60_000,
        };
        await expectExactJob(server.address, QUOTES, RESOLUTIONS, options, folder);
      } finally {
        await server.stop();
      }
    });
  });

  describe('on Prism', () => {
    const folder = temporaryFolder();

    it('make exactly their rows', async function () {
      if (!process.env.TEST_PRISM)
        skipTest(this, 'Go takes minutes to build it once; set TEST_PRISM=1 to run this test');
      const missing = missingTools('go');
      if (missing) skipTest(this, missing);
      const prism = await startPrism(folder);
      try {
        await expectExactJob(prism.address, QUOTES, RESOLUTIONS, {}, folder);
      } finally {
        await prism.stop();
      }
    });
  });
});
