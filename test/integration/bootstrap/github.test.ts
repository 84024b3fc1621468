import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { expect } from 'chai';
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

  beforeEach(async () => {
    buckets = await StorageEmulator.start();
    project = await GoogleProject.start();
    // As a first deployment by hand leaves the project.
    for (const id of ['iex-api', 'iex-build', 'iex-dataflow', 'iex-fan-out', 'iex-push']) {
      project.accounts.add(id);
    }
  });

  afterEach(async () => {
    await buckets.close();
    await project.close();
  });

  async function run(repository = 'octo/quotes') {
    const args = [SCRIPT, '--project', 'test-project', '--github', repository];
    const env = { ...process.env, ...project.env, STORAGE_EMULATOR_HOST: buckets.url };
    return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
      execFile(process.execPath, args, { env }, (error, stdout, stderr) => {
        resolve({
          code: error ? Number(error.code) : 0,
          stdout: stripVTControlCharacters(stdout),
          stderr: stripVTControlCharacters(stderr),
        });
      });
    });
  }

  it('creates everything, prints what the repository needs, and changes nothing the second time', async () => {
    const { code, stdout, stderr } = await run();
    expect(code, stderr).to.equal(0);
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
    expect(stdout)
      .to.contain("gh variable set DEPLOY_PROJECT --repo Octo/quotes --body 'test-project'")
      .and.contain(`DEPLOY_IDENTITY_PROVIDER --repo Octo/quotes --body '${POOL}/providers/github'`)
      .and.contain('repos/Octo/quotes/environments/production');

    const changes = project.changes.length;
    const again = await run();
    expect(again.code, again.stderr).to.equal(0);
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
    const { code, stderr } = await run();
    expect(code, stderr).to.equal(0);
    expect(project.rolesOf('projects/test-project', 'user:owner@example.com')).to.deep.equal([
      admin,
    ]);
    const roles = project.rolesOf('projects/test-project', member);
    expect(roles.filter((role) => role.startsWith(admin))).to.have.length(1);
    expect(roles).not.to.include(admin);
  });

  it('says what is missing before the first deployment, and does the rest', async () => {
    project.accounts.delete('iex-dataflow');
    const { code, stdout, stderr } = await run();
    expect(code).to.equal(1);
    expect(stderr)
      .to.contain('iex-dataflow does not exist yet')
      .and.contain('Deploy once by hand (docs/deployment.md), then run this command again.');
    expect(stdout).to.contain('gh variable set');
  });

  it('trusts another repository if told so, and says it', async () => {
    await run();
    const provider = project.federation.get(`${POOL}/providers/github`)!;
    provider.attributeCondition = "assertion.repository_id == '1'";
    const { stdout } = await run();
    expect(stdout).to.contain('identity provider  updated, for Octo/quotes (4711)');
    expect(project.federation.get(`${POOL}/providers/github`)?.attributeCondition).to.contain(
      "assertion.repository_id == '4711'",
    );
  });

  it('explains in one line what it cannot do, and exits with 1', async () => {
    const unknown = await run('octo/secret');
    expect(unknown.code).to.equal(1);
    expect(unknown.stderr.trim()).to.match(
      /^GitHub has no public repository octo\/secret: .*GH_TOKEN.*$/,
    );
    project.failWith = (operation) => (operation.includes('setIamPolicy') ? 403 : undefined);
    const refused = await run();
    expect(refused.code).to.equal(1);
    expect(refused.stderr.trim()).to.match(/^No permission to grant roles on .*owner.*$/);
    expect((await run('octo')).code).to.equal(2);
  });
});
