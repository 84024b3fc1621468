import { join } from 'node:path';
import { expect } from 'chai';
import { UsageError } from 'iex-cli';
import { HELP, readOptions } from 'iex-deploy/src/options';

const PROJECT = ['--project', 'test-project'];

describe('the options of deploy.mjs', () => {
  it('are by default those of a deployment to London that asks and waits', () => {
    expect(readOptions(PROJECT)).to.deep.equal({
      project: 'test-project',
      region: 'europe-west2',
      buckets: { state: 'test-project-iex-stream-state', code: 'test-project-iex-stream-code' },
      varFiles: [],
      planOnly: false,
      savePlan: false,
      applyPlan: undefined,
      yes: false,
      noWait: false,
      skipTemplates: false,
      workerImage: undefined,
      lockTimeout: '5m',
      storeToken: false,
      destroy: false,
    });
  });

  it('take variable files relative to the current folder', () => {
    const args = [...PROJECT, '--var-file', 'a.tfvars', '--var-file', '/b.tfvars'];
    expect(readOptions(args)?.varFiles).to.deep.equal([
      join(process.cwd(), 'a.tfvars'),
      '/b.tfvars',
    ]);
  });

  it('are undefined with --help', () => {
    expect(readOptions(['--help'])).to.equal(undefined);
  });

  const saved = ['--apply-plan', 'a'.repeat(64)];

  const mistakes: Record<string, [args: string[], message: string]> = {
    'a missing project': [[], '--project P is missing'],
    'an unknown flag': [['--projekt', 'p'], "Unknown option '--projekt'"],
    'a stray word': [[...PROJECT, 'prod'], "unexpected argument 'prod'"],
    'a flag without its value': [[...PROJECT, '--var-file'], "'--var-file <value>'"],
    'a value for a switch': [[...PROJECT, '--yes=no'], "'--yes' does not take"],
    'a wrong project': [['--project', 'Test'], "'Test' is not a valid project ID"],
    'a wrong region': [[...PROJECT, '--region', 'EU'], "'EU' is not a valid region"],
    'a URL for a bucket': [
      [...PROJECT, '--code-bucket', 'gs://code'],
      '--code-bucket takes the name of a bucket without gs://',
    ],
    'one bucket for both': [
      [...PROJECT, '--code-bucket', 'one', '--state-bucket', 'one'],
      'must differ',
    ],
    'a lock timeout without its unit': [[...PROJECT, '--lock-timeout', '5'], '90s or 5m'],
    'a token to be destroyed': [[...PROJECT, '--store-token', '--destroy'], 'cannot be combined'],
    'a plan by another name': [[...PROJECT, '--apply-plan', '../state'], 'the ID that --save-plan'],
    'a destruction for others to approve': [
      [...PROJECT, '--save-plan', '--destroy'],
      '--save-plan cannot be combined with --destroy',
    ],
    'a saved plan to be planned': [[...PROJECT, ...saved, '--plan-only'], 'cannot be combined'],
    'a saved plan to be saved': [[...PROJECT, ...saved, '--save-plan'], 'cannot be combined'],
    'a plan only to be saved': [[...PROJECT, '--plan-only', '--save-plan'], 'cannot be combined'],
    'variables for a saved plan': [
      [...PROJECT, ...saved, '--var-file', 'a.tfvars'],
      '--apply-plan cannot be combined with --var-file: the plan contains it',
    ],
  };
  for (const [name, [args, message]] of Object.entries(mistakes)) {
    it(`may not have ${name}`, () => {
      expect(() => readOptions(args))
        .to.throw(UsageError, message)
        .with.property('message')
        .that.matches(/^[^\n]+$/);
    });
  }

  it('are all explained in the help', () => {
    for (const flag of [
      '--plan-only',
      '--save-plan',
      '--apply-plan',
      '--skip-templates',
      '--no-wait',
      '--destroy',
      '--var-file',
    ]) {
      expect(HELP).to.contain(`  ${flag} `);
    }
  });
});
