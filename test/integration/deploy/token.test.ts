import { expect } from 'chai';
import { errorBody, GoogleStub } from 'iex-test/support/google-stub';
import { Terminal } from 'iex-test/support/terminal';
import { PROJECT, Workplace } from './harness.js';

const ADD = `/v1/projects/${PROJECT}/secrets/iex-quote-api-token:addVersion`;

describe('deploy.mjs --store-token', () => {
  let workplace: Workplace;
  let secrets: GoogleStub;
  let status: number;

  beforeEach(async () => {
    workplace = await Workplace.open();
    status = 200;
    secrets = await GoogleStub.start(({ operation }) =>
      status === 200
        ? [200, { name: `projects/1${operation.replace(/:.*/, '').slice(16)}/versions/3` }]
        : [status, errorBody(status, 'Permission denied on resource')],
    );
  });

  afterEach(async () => {
    await workplace.close();
    await secrets.close();
  });

  const env = () => ({ GOOGLE_SECRET_MANAGER_CUSTOM_ENDPOINT: `${secrets.url}/v1/` });
  const store = (input: string) =>
    workplace.start(['--project', PROJECT, '--store-token'], env(), undefined, input).ended;

  const applies = () => workplace.callsOf('terraform').filter((call) => call.includes(' apply '));

  it('enables the APIs, then creates the secret, then adds the token that it reads', async () => {
    const { code, stdout, stderr } = await store('KEY:SECRET\n');
    expect(code, stderr).to.equal(0);
    const targets = applies().map((call) => /-target=(\S+)/.exec(call)?.[1]);
    expect(targets).to.deep.equal([
      'google_project_service.service',
      'google_secret_manager_secret.quote_api_token',
    ]);
    const [request, ...others] = secrets.requests;
    expect(others).to.deep.equal([]);
    expect(request?.operation).to.equal(`POST ${ADD}`);
    expect(request?.body).to.deep.equal({
      payload: { data: Buffer.from('KEY:SECRET').toString('base64') },
    });
    expect(stdout).to.contain('quote_api_token_version = "3"').and.not.contain('SECRET');
    expect(workplace.callsOf('zip-functions')).to.deep.equal([]);
    expect(workplace.callsOf('build-templates')).to.deep.equal([]);
    expect(workplace.emulator.changes).to.deep.equal([]);
  });

  it('refuses a token of the wrong form before anything is changed', async () => {
    const { code, stderr } = await store('KEY\n');
    expect(code).to.equal(1);
    expect(stderr).to.contain('KEY:SECRET').and.contain('Nothing was changed');
    expect(applies()).to.deep.equal([]);
    expect(secrets.requests).to.deep.equal([]);
  });

  it('names the missing role if it may not add the token', async () => {
    status = 403;
    const { code, stderr } = await store('KEY:SECRET');
    expect(code).to.equal(1);
    expect(stderr).to.contain('Permission denied on resource');
  });

  it('asks for the token in a terminal, and does not show what is typed', async function () {
    Terminal.skipWithout(this);
    const terminal = workplace.openTerminal(['--project', PROJECT, '--store-token'], env());
    await terminal.untilShown(/Token of alpaca as KEY:SECRET \(not shown\): $/);
    terminal.type('KEY:SECRET2\r');
    expect(await terminal.untilExited(), terminal.shown).to.equal(0);
    expect(terminal.shown).not.to.contain('SECRET2');
    expect(secrets.requests[0]?.body).to.deep.equal({
      payload: { data: Buffer.from('KEY:SECRET2').toString('base64') },
    });
  });
});
