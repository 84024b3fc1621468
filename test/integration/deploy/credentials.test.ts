import { expect } from 'chai';
import { errorBody, GoogleStub } from 'iex-test/support/google-stub';
import { ScriptHost } from 'iex-test/support/script-host';
import { PROJECT, Workplace } from './harness.js';

const ACCOUNT = 'deployer@test-project.iam.gserviceaccount.com';

describe('deploy.mjs as a service account', () => {
  const host = ScriptHost.forSuite();
  let workplace: Workplace;
  let credentials: GoogleStub;
  let status = 200;

  beforeEach(async () => {
    workplace = await Workplace.open();
    status = 200;
    const expireTime = new Date(Date.now() + 3_600_000).toISOString();
    credentials = await GoogleStub.start(() =>
      status === 200
        ? [200, { accessToken: 'its-token', expireTime }]
        : [status, errorBody(status, 'Permission iam.serviceAccounts.getAccessToken denied')],
    );
  });

  afterEach(async () => {
    await workplace.close();
    await credentials.close();
  });

  const deploy = () =>
    workplace.deployIn(host(), ['--project', PROJECT, '--yes'], {
      GOOGLE_IMPERSONATE_SERVICE_ACCOUNT: ACCOUNT,
      GOOGLE_IAM_CREDENTIALS_CUSTOM_ENDPOINT: `${credentials.url}/v1/`,
    });

  it('reads and uploads everything as that account', async () => {
    const { code, stderr } = await deploy();
    expect(code, stderr).to.equal(0);
    const [request] = credentials.requests;
    expect(request).to.deep.include({
      operation: `POST /v1/projects/-/serviceAccounts/${ACCOUNT}:generateAccessToken`,
      authorization: 'Bearer test-token',
    });
    expect(workplace.emulator.changes.length).to.be.above(0);
    // Google's client sends no credentials with the parts of an upload to an emulator.
    const sent = [...workplace.emulator.authorizations].filter((each) => each !== undefined);
    expect(sent).to.deep.equal(['Bearer its-token']);
    const asked = workplace.dataflow.requests.map(({ authorization }) => authorization);
    expect(new Set(asked)).to.deep.equal(new Set(['Bearer its-token']));
  });

  it('says in one line if the user may not act as that account', async () => {
    status = 403;
    const { code, stderr } = await deploy();
    expect(code).to.equal(1);
    expect(stderr).to.contain('iam.serviceAccounts.getAccessToken denied');
    expect(workplace.emulator.changes).to.deep.equal([]);
  });
});
