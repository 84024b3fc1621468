import { expect } from 'chai';
import { nodeProblem } from 'iex-deploy/src/preflight';

describe('the version of Node.js', () => {
  for (const version of ['20.19.0', '20.20.2', '22.0.0', '24.1.0-nightly', '20.19.0-rc.1']) {
    it(`may be ${version}`, () => expect(nodeProblem(version)).to.equal(undefined));
  }

  for (const version of ['20.18.9', '18.20.0', '9.30.0']) {
    it(`may not be ${version}`, () => {
      expect(nodeProblem(version)).to.contain(`is ${version}: install 20.19 or later`);
    });
  }
});
