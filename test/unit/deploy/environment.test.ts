import { expect } from 'chai';
import { OperationalError } from 'iex-cli';
import { checkEnvironment, checkSettings } from 'iex-deploy/src/environment';

const VALUES = {
  project_id: 'my-project',
  region: 'europe-west2',
  code_bucket: 'code',
  function_object: 'none.zip',
  dataflow_template_version: 'none',
};

describe('the environment of a deployment', () => {
  const check = (environment: Record<string, string>) => () =>
    checkEnvironment(environment, VALUES);

  for (const [name, value] of [
    ['TF_CLI_ARGS', '-input=false'],
    ['TF_CLI_ARGS_plan', '-destroy'],
    ['TF_CLI_ARGS_apply', '-parallelism=1'],
    ['TF_CLI_ARGS_console', '-var=region=us-east1'],
    ['TF_WORKSPACE', 'staging'],
    ['TF_VAR_region', 'us-east1'],
    ['TF_VAR_project_id', 'other-project'],
    ['TF_VAR_function_object', 'old.zip'],
    ['TF_VAR_dataflow_template_version', 'abc'],
    ['GOOGLE_CREDENTIALS', 'key.json'],
    ['GOOGLE_CLOUD_KEYFILE_JSON', '{}'],
    ['GOOGLE_BACKEND_IMPERSONATE_SERVICE_ACCOUNT', 'a@b'],
  ] as const) {
    it(`may not have ${name}=${value}`, () => {
      expect(check({ [name]: value }))
        .to.throw(OperationalError)
        .with.property('message')
        .that.matches(/^[^\n]+$/)
        .and.contains(name);
    });
  }

  it('is refused with all such variables in one line', () => {
    expect(check({ TF_WORKSPACE: 'a', TF_CLI_ARGS_plan: '-destroy' })).to.throw(
      OperationalError,
      /TF_CLI_ARGS_plan and TF_WORKSPACE .*unset TF_CLI_ARGS_plan TF_WORKSPACE$/,
    );
  });

  it('may have variables that change nothing, or that are meant as settings', () => {
    expect(
      check({
        TF_CLI_ARGS: '',
        TF_CLI_CONFIG_FILE: 'terraform.rc',
        TF_WORKSPACE: 'default',
        TF_DATA_DIR: '/tmp',
        TF_LOG: 'debug',
        TF_VAR_region: 'europe-west2',
        TF_VAR_quote_source: 'tiingo',
        GOOGLE_APPLICATION_CREDENTIALS: 'key.json',
        GOOGLE_IMPERSONATE_SERVICE_ACCOUNT: 'a@b',
      }),
    ).not.to.throw();
  });
});

describe('the settings of variable files', () => {
  it('may agree with the flags', () => {
    expect(() => checkSettings({ ...VALUES, quote_source: 'iex' }, VALUES)).not.to.throw();
  });

  for (const [name, message] of [
    ['region', /^region is other in a variable file, but --region is europe-west2/],
    ['function_object', /^function_object is set in a variable file/],
  ] as const) {
    it(`may not contradict ${name}`, () => {
      expect(() => checkSettings({ ...VALUES, [name]: 'other' }, VALUES)).to.throw(
        OperationalError,
        message,
      );
    });
  }
});
