import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { runCommand } from 'iex-test/support/command';
import { ScriptHost } from 'iex-test/support/script-host';
import { StorageEmulator } from 'iex-test/support/storage-emulator';

const SCRIPT = fileURLToPath(new URL('../../../bootstrap/bootstrap.mjs', import.meta.url));

const STATE = 'test-project-iex-stream-state';
const CODE = 'test-project-iex-stream-code';

describe('bootstrap', () => {
  const host = ScriptHost.forSuite();
  let emulator: StorageEmulator;

  beforeEach(async () => {
    emulator = await StorageEmulator.start();
  });

  afterEach(() => emulator.close());

  const bootstrap = (...args: string[]) =>
    host().run(SCRIPT, args, { ...process.env, STORAGE_EMULATOR_HOST: emulator.url });

  const run = (...args: string[]) => bootstrap('--project', 'test-project', ...args);

  const bucketsOf = (project: string) =>
    [...emulator.buckets.values()].filter((bucket) => bucket.project === project);

  it('makes both buckets, closed to the public', async () => {
    const { code, stderr } = await run();
    expect(code, stderr).to.equal(0);
    expect([...emulator.buckets.keys()]).to.deep.equal([STATE, CODE]);
    for (const bucket of bucketsOf('test-project')) {
      expect(bucket).to.deep.include({
        location: 'EUROPE-WEST2',
        storageClass: 'STANDARD',
        iamConfiguration: {
          uniformBucketLevelAccess: { enabled: true },
          publicAccessPrevention: 'enforced',
        },
      });
    }
  });

  it('keeps old versions of the state, but not forever', async () => {
    await run();
    expect(emulator.buckets.get(STATE)).to.deep.include({
      versioning: { enabled: true },
      lifecycle: {
        rule: [
          {
            action: { type: 'Delete' },
            condition: { daysSinceNoncurrentTime: 30, numNewerVersions: 10 },
          },
          { action: { type: 'Delete' }, condition: { age: 30, matchesPrefix: ['plans/'] } },
          {
            action: { type: 'Delete' },
            condition: { daysSinceNoncurrentTime: 1, matchesPrefix: ['plans/'] },
          },
        ],
      },
    });
    expect(emulator.buckets.get(CODE)).not.to.have.any.keys('versioning', 'lifecycle');
  });

  it('prints the settings for Terraform', async () => {
    const { stdout } = await run();
    expect(stdout).to.contain(
      `terraform -chdir=infrastructure init -backend-config=bucket=${STATE}\n`,
    );
    expect(stdout).to.contain(`code_bucket = "${CODE}"`);
  });

  it('takes other names and another region', async () => {
    const { code } = await run(
      '--state-bucket',
      'my-state',
      '--code-bucket',
      'my-code',
      '--region',
      'us-central1',
    );
    expect(code).to.equal(0);
    expect(bucketsOf('test-project').map(({ name, location }) => [name, location])).to.deep.equal([
      ['my-state', 'US-CENTRAL1'],
      ['my-code', 'US-CENTRAL1'],
    ]);
  });

  it('changes nothing when it runs again', async () => {
    await run();
    const before = structuredClone(emulator.buckets);
    emulator.changes.length = 0;
    const { code, stdout, stderr } = await run();
    expect(code, stderr).to.equal(0);
    expect(stdout).to.contain(`gs://${STATE}  exists`).and.contain(`gs://${CODE}  exists`);
    expect(emulator.changes).to.deep.equal([]);
    expect(emulator.buckets).to.deep.equal(before);
  });

  it('creates the missing bucket next to an existing one', async () => {
    await run();
    emulator.buckets.delete(CODE);
    const { code, stdout } = await run();
    expect(code).to.equal(0);
    expect(stdout).to.contain(`gs://${STATE}  exists`).and.contain(`gs://${CODE}  created`);
  });

  describe('an existing bucket', () => {
    /** The message for each mistake in the state's bucket, with the command that fixes it. */
    const mistakes: Record<string, [fields: object, shown: string]> = {
      'that may be opened to the public': [
        {
          iamConfiguration: {
            uniformBucketLevelAccess: { enabled: true },
            publicAccessPrevention: 'inherited',
          },
        },
        `gcloud storage buckets update gs://${STATE} --public-access-prevention`,
      ],
      'with access lists on single objects': [
        {
          iamConfiguration: {
            uniformBucketLevelAccess: { enabled: false },
            publicAccessPrevention: 'enforced',
          },
        },
        `gcloud storage buckets update gs://${STATE} --uniform-bucket-level-access`,
      ],
      'without any access configuration': [
        { iamConfiguration: undefined },
        `gcloud storage buckets update gs://${STATE} --public-access-prevention`,
      ],
      'without versions': [
        { versioning: { enabled: false } },
        `gcloud storage buckets update gs://${STATE} --versioning`,
      ],
      'that keeps versions forever': [
        { lifecycle: undefined },
        '{"rule":[{"action":{"type":"Delete"},"condition":{"daysSinceNoncurrentTime":30,"numNewerVersions":10}}]}',
      ],
      'that deletes live objects only': [
        { lifecycle: { rule: [{ action: { type: 'Delete' }, condition: { age: 30 } }] } },
        'keeps old versions forever',
      ],
      'in another region': [{ location: 'US' }, 'is in us, not in europe-west2'],
    };

    for (const [name, [fields, shown]] of Object.entries(mistakes)) {
      it(`${name} is reported and not changed`, async () => {
        await run();
        const bucket = { ...emulator.buckets.get(STATE)!, ...fields };
        emulator.add(bucket);
        emulator.changes.length = 0;
        const { code, stdout, stderr } = await run();
        expect(code).to.equal(1);
        expect(stderr).to.contain(`gs://${STATE}`).and.contain(shown);
        expect(stdout).not.to.contain('backend-config');
        expect(emulator.changes).to.deep.equal([]);
      });
    }

    it('may limit its versions in another way', async () => {
      await run();
      const rule = [
        { action: { type: 'SetStorageClass' }, condition: { age: 5 } },
        { action: { type: 'Delete' }, condition: { numNewerVersions: 100 } },
      ];
      emulator.add({ ...emulator.buckets.get(STATE)!, lifecycle: { rule } });
      expect((await run()).code).to.equal(0);
    });

    it('for the code may keep no versions', async () => {
      await run();
      emulator.add({ ...emulator.buckets.get(CODE)!, versioning: { enabled: true } });
      expect((await run()).code).to.equal(0);
    });
  });

  it('refuses a bucket of another project', async () => {
    emulator.add({ name: STATE, project: 'strangers-project', location: 'EUROPE-WEST2' });
    const { code, stdout, stderr } = await run();
    expect(code).to.equal(1);
    expect(stderr).to.contain(`gs://${STATE} belongs to another project`);
    expect(stdout).not.to.contain('backend-config');
    expect(bucketsOf('test-project')).to.deep.equal([]);
  });

  it('tolerates another run at the same time', async () => {
    await run();
    const [state, code] = bucketsOf('test-project');
    emulator.buckets.clear();
    emulator.beforeInsert = () => {
      emulator.add(state!);
      emulator.add(code!);
    };
    const result = await run();
    expect(result.code, result.stderr).to.equal(0);
    expect(result.stdout).to.contain(`gs://${STATE}  exists`);
  });

  it('ignores a bucket whose name only begins the same', async () => {
    emulator.add({ name: `${STATE}-old`, project: 'test-project', location: 'US' });
    expect((await run()).code).to.equal(0);
    expect(emulator.buckets.has(STATE)).to.equal(true);
  });

  it('names the role that is missing', async () => {
    emulator.failWith = 403;
    const { code, stderr } = await run();
    expect(code).to.equal(1);
    expect(stderr.trim().split('\n')).to.have.length(1);
    expect(stderr).to.contain('roles/storage.admin');
  });

  it('shows any other error in one line', async () => {
    emulator.failWith = 400;
    const { code, stderr } = await run();
    expect(code).to.equal(1);
    expect(stderr.trim()).to.equal(`gs://${STATE}: asked for by a test`);
  });

  it('says how to log in', async () => {
    const { code, stderr } = await runCommand(SCRIPT, ['--project', 'test-project'], {
      STORAGE_EMULATOR_HOST: '',
      GOOGLE_APPLICATION_CREDENTIALS: '',
      // The folder of the credentials of a login.
      HOME: '/nonexistent',
      APPDATA: '/nonexistent',
      CLOUDSDK_CONFIG: '/nonexistent',
    });
    expect(code).to.equal(1);
    expect(stderr.trim().split('\n')).to.have.length(1);
    expect(stderr).to.contain('gcloud auth application-default login');
  });

  it('refuses a wrong command line with exit code 2, in one line that names the help command', async () => {
    const { code, stdout, stderr } = await bootstrap('--project');
    expect(code).to.equal(2);
    expect(stderr.trim()).to.match(
      /^[^\n]*'--project <value>'[^\n]* \(see node bootstrap.*--help\)$/,
    );
    expect(stdout).to.equal('');
    expect(emulator.changes).to.deep.equal([]);
  });

  it('prints its help', async () => {
    const { code, stdout } = await runCommand(SCRIPT, ['--help']);
    expect(code).to.equal(0);
    expect(stdout).to.contain('--state-bucket').and.contain('Exit code');
  });
});
