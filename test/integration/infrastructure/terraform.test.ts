import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
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
      result = readTestResult(await runTests(folder));
    });

    for (const file of files) {
      describe(file, () => {
        for (const [, name = ''] of readFileSync(join(TESTS, file), 'utf8').matchAll(RUN)) {
          it(name.replaceAll('_', ' '), () => {
            const run = result.runs.get(`${file} ${name}`);
            const problems = [...(run?.problems ?? []), ...result.problems];
            expect(run?.status, problems.join('\n')).to.equal('pass');
          });
        }
      });
    }
  });
});
