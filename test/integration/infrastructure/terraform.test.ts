import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { appliedRuns, IAM_FILE } from './applied.js';
import {
  copyOfConfiguration,
  INFRASTRUCTURE,
  readTestResult,
  runTests,
  type TestResult,
  terraform,
} from './terraform.js';

const TESTS = join(INFRASTRUCTURE, 'tests');

/** The beginning of a run in a test file, with its name. */
const RUN = /^run "(\w+)"/gm;

describe('the configuration', () => {
  const folder = copyOfConfiguration();

  it('is formatted', async () => {
    const { code, output } = await terraform(folder, ['fmt', '-check', '-diff', '-recursive']);
    expect(code, output).to.equal(0);
  });

  it('is valid', async () => {
    const { code, output } = await terraform(folder, ['validate']);
    expect(code, output).to.equal(0);
  });

  describe('terraform test', () => {
    const files = readdirSync(TESTS).filter((name) => name.endsWith('.tftest.hcl'));
    let result: TestResult;

    before(async function () {
      this.timeout(300_000);
      const filters = files
        .filter((file) => file !== IAM_FILE)
        .map((file) => `-filter=tests/${file}`);
      result = readTestResult(await runTests(folder, ...filters));
    });
    const appliedRun = appliedRuns();

    for (const file of files) {
      describe(file, () => {
        for (const [, name = ''] of readFileSync(join(TESTS, file), 'utf8').matchAll(RUN)) {
          it(name.replaceAll('_', ' '), () => {
            if (file === IAM_FILE) {
              // Throws if it has failed.
              appliedRun(file, name);
              return;
            }
            const run = result.runs.get(`${file} ${name}`);
            const problems = [...(run?.problems ?? []), ...result.problems];
            expect(run?.status, problems.join('\n')).to.equal('pass');
          });
        }
      });
    }
  });
});
