import { evaluate } from '@marcbachmann/cel-js';
import { expect } from 'chai';
import { providerFields } from 'iex-deploy/src/github/federation';

/** What GitHub's token claims for a job, with those claims that are used here. */
const PUSH = {
  sub: 'repo:octo-42/quotes-4711:ref:refs/heads/main',
  repository: 'octo/quotes',
  repository_id: '4711',
  repository_owner_id: '42',
  event_name: 'push',
  ref: 'refs/heads/main',
  workflow_ref: 'octo/quotes/.github/workflows/deploy.yml@refs/heads/main',
};
const PULL_REQUEST = {
  ...PUSH,
  event_name: 'pull_request',
  ref: 'refs/pull/7/merge',
  workflow_ref: 'octo/quotes/.github/workflows/deploy.yml@refs/pull/7/merge',
};

describe("the trust in a repository's workflow", () => {
  const { attributeMapping, attributeCondition } = providerFields({
    name: 'octo/quotes',
    id: 4711,
    ownerId: 42,
  });
  const stageOf = (assertion: object): unknown =>
    evaluate(attributeCondition, { assertion })
      ? evaluate(attributeMapping['attribute.stage']!, { assertion })
      : 'refused';

  const jobs: Record<string, [claims: object, stage: string]> = {
    'a push to main': [PUSH, 'plan'],
    'a run by hand on main': [{ ...PUSH, event_name: 'workflow_dispatch' }, 'plan'],
    'an approved job on main': [{ ...PUSH, environment: 'production' }, 'apply'],
    'a job in another environment': [{ ...PUSH, environment: 'staging' }, 'plan'],
    'a pull request': [PULL_REQUEST, 'preview'],
    'a pull request that names the environment': [
      { ...PULL_REQUEST, environment: 'production' },
      'preview',
    ],
    'a push to another branch': [{ ...PUSH, ref: 'refs/heads/feature' }, 'refused'],
    'a run by hand on another branch': [
      { ...PUSH, event_name: 'workflow_dispatch', ref: 'refs/heads/x', environment: 'production' },
      'refused',
    ],
    'a tag that is named like the branch': [{ ...PUSH, ref: 'refs/tags/main' }, 'refused'],
    'a pull_request_target': [{ ...PUSH, event_name: 'pull_request_target' }, 'refused'],
    'another workflow': [
      { ...PUSH, workflow_ref: 'octo/quotes/.github/workflows/ci.yml@refs/heads/main' },
      'refused',
    ],
    'another repository of the same name': [{ ...PUSH, repository_id: '4712' }, 'refused'],
    'the repository after a transfer': [{ ...PUSH, repository_owner_id: '43' }, 'refused'],
  };
  for (const [name, [claims, stage]] of Object.entries(jobs)) {
    it(`${stage === 'refused' ? 'refuses' : `takes as ${stage}`} ${name}`, () => {
      expect(stageOf(claims)).to.equal(stage);
    });
  }
});
