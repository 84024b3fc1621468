import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { expect } from 'chai';
import { OperationalError, UsageError } from 'iex-cli';
import { readBootstrapOptions } from 'iex-deploy/src/bootstrap';
import { instructionsOf } from 'iex-deploy/src/github/instructions';
import { setUpGitHub } from 'iex-deploy/src/github/set-up';
import { placeOf } from 'iex-deploy/src/place';
import { GoogleProject, NUMBER } from 'iex-test/support/google-project';
import { StorageEmulator } from 'iex-test/support/storage-emulator';

const SCRIPT = fileURLToPath(new URL('../../../bootstrap/bootstrap.mjs', import.meta.url));
const STATE = 'test-project-iex-stream-state';
const POOL = `projects/${NUMBER}/locations/global/workloadIdentityPools/iex-stream-github`;

const emailOf = (id: string) => `${id}@test-project.iam.gserviceaccount.com`;
const accountOf = (id: string) => `projects/test-project/serviceAccounts/${emailOf(id)}`;

describe('bootstrap --github', function () {
  this.timeout(60_000);
  let buckets: StorageEmulator;
  let project: GoogleProject;
  let former: NodeJS.ProcessEnv;

  beforeEach(async () => {
    buckets = await StorageEmulator.start();
    project = await GoogleProject.start();
    // As a first deployment by hand leaves the project.
    for (const id of ['iex-api', 'iex-build', 'iex-dataflow', 'iex-fan-out', 'iex-push']) {
      project.accounts.add(id);
    }
    former = { ...process.env };
    Object.assign(process.env, project.env);
  });

  afterEach(async () => {
    for (const name of Object.keys(project.env)) {
      if (former[name] === undefined) delete process.env[name];
      else process.env[name] = former[name];
    }
    await buckets.close();
    await project.close();
  });

  /** Does what the command does, in this process. */
  async function run(repository = 'octo/quotes') {
    const lines: string[] = [];
    const place = placeOf({ project: 'test-project', region: 'europe-west2' });
    const setup = await setUpGitHub(place, repository, (line) => lines.push(line));
    return { ...setup, shown: lines.join('\n'), instructions: instructionsOf(setup).join('\n') };
  }

  /** The message of the error, which must be one that the user can fix. */
  async function messageOf(work: Promise<unknown>): Promise<string> {
    try {
      await work;
    } catch (error) {
      if (error instanceof OperationalError) return error.message;
      throw error;
    }
    throw new Error('it did not fail');
  }

  it('is a flag of the command, which prints what is to do next', async () => {
    project.accounts.delete('iex-push');
    const args = [SCRIPT, '--project', 'test-project', '--github', 'octo/quotes'];
    const env = { ...process.env, STORAGE_EMULATOR_HOST: buckets.url };
    const ended = await new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) =>
      execFile(process.execPath, args, { env }, (error, stdout, stderr) =>
        resolve({
          code: error?.code,
          stdout: stripVTControlCharacters(stdout),
          stderr: stripVTControlCharacters(stderr),
        }),
      ),
    );
    expect(ended.code).to.equal(1);
    expect(ended.stdout).to.match(/^ {2}gh variable set DEPLOY_PROJECT/m);
    expect(ended.stderr.trim().split('\n')).to.deep.equal([
      'iex-push does not exist yet, so iex-ci-apply has no right to run anything as it',
      'Deploy once by hand (docs/deployment.md), then run this command again.',
    ]);
  });

  it('leaves out the account of Dataflow jobs if the window engine has none, and says so', async () => {
    project.accounts.delete('iex-dataflow');
    const { problems, shown } = await run();
    expect(problems).to.deep.equal([]);
    expect(shown).to.include('iex-dataflow does not exist yet');
  });

  it('creates everything, prints what the repository needs, and changes nothing the second time', async () => {
    const { problems, instructions } = await run();
    expect(problems).to.deep.equal([]);
    expect([...project.accounts]).to.include.members([
      'iex-ci-preview',
      'iex-ci-plan',
      'iex-ci-apply',
    ]);
    expect([...project.enabled]).to.include.members([
      'iamcredentials.googleapis.com',
      'sts.googleapis.com',
    ]);
    expect([...project.federation.keys()]).to.deep.equal([POOL, `${POOL}/providers/github`]);
    for (const stage of ['preview', 'plan', 'apply']) {
      const member = `principalSet://iam.googleapis.com/${POOL}/attribute.stage/${stage}`;
      const roles = ['preview', 'plan', 'apply'].map((other) =>
        project.rolesOf(accountOf(`iex-ci-${other}`), member),
      );
      const expected = ['preview', 'plan', 'apply'].map((other) =>
        other === stage ? ['roles/iam.workloadIdentityUser'] : [],
      );
      expect(roles, stage).to.deep.equal(expected);
    }
    expect(instructions)
      .to.contain("gh variable set DEPLOY_PROJECT --repo Octo/quotes --body 'test-project'")
      .and.contain(`DEPLOY_IDENTITY_PROVIDER --repo Octo/quotes --body '${POOL}/providers/github'`)
      .and.contain('repos/Octo/quotes/environments/production');

    const changes = project.changes.length;
    await run();
    const since = project.changes.slice(changes);
    expect(since.filter((change) => !change.endsWith('batchEnable'))).to.deep.equal([]);
  });

  it('gives no account more than it needs', async () => {
    await run();
    const member = (id: string) => `serviceAccount:${emailOf(id)}`;
    const onProject = (id: string) => project.rolesOf('projects/test-project', member(id));
    const isReading =
      /^roles\/(browser|iam\.securityReviewer|serviceusage\.serviceUsageConsumer|[\w.]+\.(\w*[vV]iewer|reader))$/;
    for (const id of ['iex-ci-preview', 'iex-ci-plan']) {
      for (const role of onProject(id)) expect(role, id).to.match(isReading);
    }
    const lock = `"projects/_/buckets/${STATE}/objects/iex-stream/default.tflock"`;
    expect(project.rolesOf(`b/${STATE}`, member('iex-ci-preview'))).to.deep.equal([
      `roles/storage.objectUser if resource.name.startsWith(${lock})`,
      'roles/storage.objectViewer',
    ]);
    expect(project.rolesOf('b/test-project-iex-stream-code', member('iex-ci-preview'))).to.be.empty;
    for (const id of ['iex-ci-preview', 'iex-ci-plan']) {
      expect(project.rolesOf(accountOf('iex-dataflow'), member(id)), id).to.be.empty;
    }
    const broad =
      /roles\/(owner|editor|.*[tT]okenCreator|iam\.serviceAccount(Admin|User|KeyAdmin))$/;
    for (const role of onProject('iex-ci-apply')) expect(role).not.to.match(broad);
    expect(
      onProject('iex-ci-apply').filter((role) => role.includes('projectIamAdmin')),
    ).to.deep.equal([
      "roles/resourcemanager.projectIamAdmin if api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly(['roles/dataflow.worker', 'roles/logging.logWriter', 'roles/storage.objectViewer'])",
    ]);
  });

  it('keeps what others have, and takes back what an older version granted without a condition', async () => {
    const admin = 'roles/resourcemanager.projectIamAdmin';
    const member = `serviceAccount:${emailOf('iex-ci-apply')}`;
    project.accounts.add('iex-ci-apply');
    project.policies.set('projects/test-project', {
      etag: '1',
      bindings: [{ role: admin, members: ['user:owner@example.com', member] }],
    });
    let isFirst = true;
    // Somebody else changes the policy between reading and writing.
    project.beforeWrite = (resource) => {
      if (resource !== 'projects/test-project' || !isFirst) return;
      isFirst = false;
      project.policies.get(resource)!.etag = '2';
    };
    await run();
    expect(project.rolesOf('projects/test-project', 'user:owner@example.com')).to.deep.equal([
      admin,
    ]);
    const roles = project.rolesOf('projects/test-project', member);
    expect(roles.filter((role) => role.startsWith(admin))).to.have.length(1);
    expect(roles).not.to.include(admin);
  });

  it('trusts another repository if told so, and says it', async () => {
    await run();
    const provider = project.federation.get(`${POOL}/providers/github`)!;
    provider.attributeCondition = "assertion.repository_id == '1'";
    const { shown } = await run();
    expect(shown).to.contain('identity provider  updated, for Octo/quotes (4711)');
    expect(project.federation.get(`${POOL}/providers/github`)?.attributeCondition).to.contain(
      "assertion.repository_id == '4711'",
    );
  });

  it('explains what it cannot do', async () => {
    expect(await messageOf(run('octo/secret'))).to.match(/no public repository .*GH_TOKEN/);
    project.failWith = (operation) => (operation.includes('batchEnable') ? 403 : undefined);
    expect(await messageOf(run())).to.match(/^Cannot enable APIs in test-project: .*owner/);
    project.failWith = (operation) => (operation.includes('setIamPolicy') ? 403 : undefined);
    expect(await messageOf(run())).to.match(/^No permission to grant roles on .*owner/);
    project.failWith = () => undefined;
    project.federation.set(POOL, { state: 'DELETED' });
    expect(await messageOf(run())).to.match(/was deleted in the last 30 days: undelete/);
    expect(() => readBootstrapOptions(['--project', 'test-project', '--github', 'octo'])).to.throw(
      UsageError,
      "--github takes OWNER/REPO, not 'octo'",
    );
  });
});
