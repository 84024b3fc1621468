import { expectExactJob } from 'iex-test/support/beam/bounded-job';
import { startPrism } from 'iex-test/support/beam/prism';
import { temporaryFolder } from 'iex-test/support/folder';
import { missingTools } from 'iex-test/support/missing-tools';
import { skipTest } from 'iex-test/support/skip';

const QUOTES = 5000;

describe('a job on Prism', () => {
  const folder = temporaryFolder();

  it(`makes exactly the rows of a bundle of ${QUOTES} quotes`, async function () {
    if (!process.env.TEST_PRISM)
      skipTest(this, 'Go takes minutes to build it once; set TEST_PRISM=1 to run this test');
    const missing = missingTools('go');
    if (missing) skipTest(this, missing);
    const prism = await startPrism(folder);
    try {
      await expectExactJob(prism.address, QUOTES, [1, 5], {}, folder);
    } finally {
      await prism.stop();
    }
  }).timeout(600_000);
});
