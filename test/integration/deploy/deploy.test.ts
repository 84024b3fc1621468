import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { isRunning } from 'iex-test/support/processes';
import { type Ended, ScriptHost } from 'iex-test/support/script-host';
import { untilTrue } from 'iex-test/support/until';
import { CODE, PROJECT, recordedPlan, STATE, Workplace } from './harness.js';

const ZIP_HASH = createHash('sha256').update('functions').digest('hex');
const ZIP = `function/iex-functions-${ZIP_HASH}.zip`;

describe('deploy.mjs', function () {
  this.timeout(60_000);
  const host = ScriptHost.forSuite();
  let workplace: Workplace;

  beforeEach(async () => {
    workplace = await Workplace.open();
  });

  afterEach(async () => {
    const left = readdirSync(join(workplace.folder, 'tmp'));
    await workplace.close();
    // Whatever came of it.
    expect(left, 'temporary files').to.deep.equal([]);
  });

  const deploy = (...args: string[]) => workplace.deployIn(host(), ['--project', PROJECT, ...args]);

  /** In a process of its own, which takes work with it that has been given up when it exits. */
  const deployAlone = (...args: string[]) => workplace.deploy(['--project', PROJECT, ...args]);

  const terraformCommands = () =>
    workplace.callsOf('terraform').map((call) => call.replace(/^-chdir=\S+ /, ''));
  const applies = () => terraformCommands().filter((call) => call.startsWith('apply'));

  function expectOneLine({ code, stderr }: Ended, text: string | RegExp): void {
    expect(code, stderr).to.equal(1);
    expect(stderr.trim().split('\n')).to.have.length(1);
    if (text instanceof RegExp) expect(stderr).to.match(text);
    else expect(stderr).to.contain(text);
  }

  describe('with --yes', () => {
    it('does everything, in order, and applies exactly what it planned', async () => {
      const { code, stdout, stderr } = await deploy('--yes');
      expect(code, stderr).to.equal(0);
      expect(stderr).to.equal('');
      const variables = `-var=project_id=${PROJECT} -var=region=europe-west2 -var=code_bucket=${CODE}`;
      const [version, init, console, plan, show, apply, ...more] = terraformCommands();
      expect(version).to.equal('version -json');
      expect(init).to.equal(
        `init -no-color -input=false -reconfigure -backend-config=bucket=${STATE}`,
      );
      expect(console)
        .to.match(/^console /)
        .and.contain(variables);
      const planFile = / -out=(\S+)/.exec(plan!)?.[1];
      expect(plan).to.equal(
        `plan -no-color -input=false -lock-timeout=5m -out=${planFile} ${variables} -var=function_object=${ZIP} -var=dataflow_template_version=abcdefabcdef`,
      );
      expect(planFile).not.to.contain(workplace.checkout);
      expect(show).to.equal(`show -json ${planFile}`);
      expect(apply).to.equal(`apply -no-color -input=false -lock-timeout=5m ${planFile}`);
      expect(more).to.deep.equal(['output -no-color -json']);
      expect(stdout).to.contain('Apply complete!').and.contain('Deployed.');
    });

    it('uploads the functions by the hash of their content', async () => {
      await deploy('--yes');
      expect(String(workplace.emulator.objects.content(CODE, ZIP))).to.equal('functions');
    });

    it('has the templates built for the layout and the resolutions that Terraform reports', async () => {
      workplace.answerSettings({ dataflow_layout: 'single', resolutions: [2, 30] });
      await deploy('--yes', '--worker-image', 'example.com/worker:1');
      expect(JSON.parse(workplace.callsOf('build-templates').at(-1)!)).to.deep.equal({
        project: PROJECT,
        region: 'europe-west2',
        base: `gs://${CODE}/dataflow`,
        resolutions: [2, 30],
        layout: 'single',
        machineType: 'e2-standard-2',
        workerImage: 'example.com/worker:1',
      });
    });

    it('shows its progress in lines without control characters', async () => {
      const { stdout } = await deploy('--yes');
      // biome-ignore lint/suspicious/noControlCharactersInRegex: there must be none
      expect(stdout).not.to.match(/[\x00-\x09\x0b-\x1f]/);
      expect(stdout)
        .to.match(/^Functions +uploaded: gs:/m)
        .and.match(/^Templates +building the jar$/m)
        .and.match(/^Templates +uploaded: version abcdefabcdef$/m);
    });

    it('changes nothing if nothing has changed, and says so', async () => {
      await deploy('--yes');
      workplace.emulator.changes.length = 0;
      workplace.answer('terraform', ['show'], { stdout: recordedPlan('no-changes') });
      const { code, stdout, stderr } = await deploy('--yes');
      expect(code, stderr).to.equal(0);
      expect(stdout).to.contain(`No changes: ${PROJECT} is up to date.`);
      expect(stdout).to.match(/^Functions +unchanged: gs:/m);
      expect(stdout).to.contain('topics = []');
      expect(applies()).to.have.length(1);
      expect(workplace.emulator.changes).to.deep.equal([]);
    });

    it('accepts another region, other buckets and variable files relative to the current folder', async () => {
      const file = join(workplace.folder, 'a file.tfvars');
      writeFileSync(file, 'log_level = "debug"\n');
      for (const name of ['my-state', 'my-code']) {
        workplace.emulator.add({
          ...workplace.emulator.buckets.get(STATE)!,
          name,
          location: 'US-CENTRAL1',
        });
      }
      workplace.answerSettings({ region: 'us-central1', code_bucket: 'my-code' });
      const { code, stderr } = await deploy(
        ...['--yes', '--region', 'us-central1', '--var-file', file],
        ...['--state-bucket', 'my-state', '--code-bucket', 'my-code'],
      );
      expect(code, stderr).to.equal(0);
      const calls = workplace.calls().filter(({ program }) => program === 'terraform');
      const planned = calls.find(({ args }) => args.includes('plan'))!.args;
      expect(planned).to.include.members([
        '-var=region=us-central1',
        '-var=code_bucket=my-code',
        `-var-file=${file}`,
      ]);
      // Later arguments win, so that a file that contradicts a flag is noticed.
      expect(planned.findIndex((flag) => flag.startsWith('-var-file='))).to.be.above(
        planned.findLastIndex((flag) => flag.startsWith('-var=')),
      );
    });

    it('gives each program only its own input', async () => {
      await deploy('--yes');
      for (const { program, args, input } of workplace.calls()) {
        if (args.includes('console') || input === undefined) continue;
        expect(input, `${program} ${args.join(' ')}`).to.equal('');
      }
    });
  });

  describe('the templates', () => {
    const names = ['iex-aggregate-1', 'iex-aggregate-5', 'iex-aggregate-15'];
    const objectOf = (name: string, version = 'abcdefabcdef') =>
      `dataflow/templates/${version}/${name}`;
    const addTemplate = (name: string, version: string) =>
      workplace.emulator.objects.put(
        { bucket: CODE, name: objectOf(name, version), fields: {}, ifGenerationMatch: null },
        Buffer.from('{}'),
      );
    const planned = () => workplace.callsOf('terraform').find((call) => call.includes(' plan '));

    it('are uploaded with all that they stage, under a name that has their version', async () => {
      expect((await deploy('--yes')).code).to.equal(0);
      const uploaded = workplace.emulator.objects.list(CODE, 'dataflow/').map(({ name }) => name);
      expect(uploaded).to.have.members([
        ...names.map((name) => objectOf(name)),
        'dataflow/staging/packages-abcdefabcdef.tgz',
      ]);
    });

    it('are not uploaded again, and those of another version do not change', async () => {
      await deploy('--yes');
      workplace.emulator.changes.length = 0;
      const again = await deploy('--yes');
      expect(again.stdout).to.match(/^Templates +unchanged: version abcdefabcdef$/m);
      expect(workplace.emulator.changes).to.deep.equal([]);
      const before = workplace.emulator.objects.get(CODE, objectOf('iex-aggregate-1'));
      workplace.answerTemplates('fedcbafedcba');
      await deploy('--yes');
      expect(workplace.emulator.objects.get(CODE, objectOf('iex-aggregate-1'))).to.equal(before);
    });

    it('are uploaded again if one of them is missing', async () => {
      await deploy('--yes');
      workplace.emulator.objects.delete(CODE, objectOf('iex-aggregate-5'));
      await deploy('--yes');
      expect(workplace.emulator.objects.get(CODE, objectOf('iex-aggregate-5'))).not.to.equal(
        undefined,
      );
    });

    it('are those of the last apply with --skip-templates, even if others were uploaded since', async () => {
      for (const name of names) addTemplate(name, '0123456789ab');
      workplace.answerOutputs({ dataflow_template_version: '0123456789ab' });
      // Refused: only planned.
      expect((await deploy('--plan-only')).code).to.equal(0);
      expect(planned()).to.contain('-var=dataflow_template_version=abcdefabcdef');
      workplace.forgetCalls();
      for (const program of ['java', 'mvn', 'python3']) workplace.remove(program);
      const { code, stderr } = await deploy('--yes', '--skip-templates');
      expect(code, stderr).to.equal(0);
      expect(workplace.callsOf('build-templates')).to.deep.equal([]);
      expect(planned()).to.contain('-var=dataflow_template_version=0123456789ab');
    });

    it('are a single one in the layout single', async () => {
      workplace.answerSettings({ dataflow_layout: 'single' });
      workplace.answerOutputs({ dataflow_template_version: '0123456789ab' });
      addTemplate('iex-aggregate', '0123456789ab');
      expect((await deploy('--yes', '--skip-templates')).code).to.equal(0);
    });

    it('must exist with --skip-templates', async () => {
      workplace.answerOutputs({ dataflow_template_version: '0123456789ab' });
      for (const name of names.slice(1)) addTemplate(name, '0123456789ab');
      const result = await deploy('--yes', '--skip-templates');
      expectOneLine(
        result,
        `gs://${CODE}/${objectOf('iex-aggregate-1', '0123456789ab')} does not exist`,
      );
      expect(result.stderr).to.contain('without --skip-templates');
      expect(planned()).to.equal(undefined);
    });

    it('must have been deployed once for --skip-templates', async () => {
      workplace.answerOutputs({});
      expectOneLine(await deploy('--yes', '--skip-templates'), 'No templates have been deployed');
    });

    it('end the deployment if they cannot be built, with the output of the build', async () => {
      workplace.answer('build-templates', [], { stderr: 'no such module\npip failed\n', code: 1 });
      const { code, stdout, stderr } = await deployAlone('--yes');
      expect(code).to.equal(1);
      expect(stderr).to.contain('no such module\npip failed\n');
      expect(stderr).to.match(/build-templates failed \(exit code 1\)\. .*\n$/);
      expect(stdout).not.to.contain('Plan  ');
      expect(applies()).to.deep.equal([]);
    });

    it('are not waited for if the functions fail', async () => {
      workplace.answer('build-templates', [], { waits: 'for a signal', startsChild: true });
      workplace.answer('zip-functions', [], { stderr: 'a type is wrong\n', code: 1 });
      const { code, stderr } = await deployAlone('--yes');
      expect(code).to.equal(1);
      expect(stderr).to.contain('a type is wrong').and.not.contain('Interrupt received');
      const children = workplace.calls().filter(({ event }) => event === 'child');
      await untilTrue(() => children.every(({ pid }) => !isRunning(pid!)));
    });
  });

  describe('with windows that BigQuery computes', () => {
    beforeEach(() => {
      workplace.answerSettings({ window_engine: 'bigquery' });
      workplace.answerOutputs({ dataflow_jobs: {} });
      for (const program of ['java', 'mvn', 'python3']) workplace.remove(program);
    });

    it('builds no templates, and needs no tools for them', async () => {
      const { code, stdout, stderr } = await deploy('--yes');
      expect(code, stderr).to.equal(0);
      expect(workplace.callsOf('build-templates')).to.deep.equal([]);
      expect(stdout)
        .to.match(/^Functions +uploaded: gs:/m)
        .and.contain('Deployed.')
        .and.not.match(/^Templates|Waiting/m);
      expect(workplace.emulator.objects.list(CODE, 'dataflow/')).to.deep.equal([]);
    });

    it('refuses a flag about templates with exit code 2, and changes nothing', async () => {
      const { code, stderr } = await deploy('--yes', '--skip-templates');
      expect(code).to.equal(2);
      expect(stderr).to.match(/^window_engine is bigquery[^\n]* omit --skip-templates[^\n]*\n$/);
      expect(workplace.callsOf('zip-functions')).to.deep.equal([]);
    });
  });

  it('needs the tools for the templates of jobs', async () => {
    for (const program of ['java', 'mvn']) workplace.remove(program);
    const { code, stderr } = await deploy('--yes');
    expect(code).to.equal(1);
    expect(stderr)
      .to.match(/^- java is missing.*window_engine = "bigquery"$/m)
      .and.contain('Fix these 2 problems first. Nothing was changed.');
    expect(workplace.callsOf('zip-functions')).to.deep.equal([]);
  });

  describe('with --plan-only', () => {
    it('shows what would change, and changes nothing', async () => {
      workplace.answer('terraform', ['show'], { stdout: recordedPlan('replace') });
      const { code, stdout, stderr } = await deploy('--plan-only');
      expect(code, stderr).to.equal(0);
      expect(stdout)
        .to.contain('± google_bigquery_table.quote')
        .and.contain('DATA IS LOST FOR GOOD')
        .and.contain('0 to create, 0 to change, 2 to replace, 0 to destroy')
        .and.contain('Nothing is applied: --plan-only.');
      expect(applies()).to.deep.equal([]);
    });

    it('plans with the names of the code, and uploads none of it', async () => {
      const { code, stderr } = await deploy('--plan-only');
      expect(code, stderr).to.equal(0);
      const planned = terraformCommands().find((call) => call.startsWith('plan'));
      expect(planned)
        .to.contain(`-var=function_object=${ZIP}`)
        .and.contain('-var=dataflow_template_version=abcdefabcdef');
      expect(workplace.emulator.changes).to.deep.equal([]);
    });

    it('applies nothing with --yes either', async () => {
      expect((await deploy('--plan-only', '--yes')).code).to.equal(0);
      expect(applies()).to.deep.equal([]);
    });
  });

  it('fails at once if it cannot ask for confirmation', async () => {
    const result = await deploy();
    expectOneLine(result, /not a terminal.*--yes.*--plan-only/);
    expect(workplace.calls()).to.deep.equal([]);
  });

  describe('with an environment that would change what Terraform plans', () => {
    // The unit tests have other cases.
    const variables: [name: string, value: string][] = [
      ['TF_CLI_ARGS_plan', '-destroy'],
      ['TF_WORKSPACE', 'staging'],
    ];
    for (const [name, value] of variables) {
      it(`refuses ${name}=${value}, and plans nothing`, async () => {
        const args = ['--project', PROJECT, '--yes'];
        const result = await workplace.deployIn(host(), args, { [name]: value });
        expectOneLine(result, name);
        expect(workplace.calls()).to.deep.equal([]);
      });
    }
  });

  it('refuses a plan that only deletes without --destroy', async () => {
    const plan = recordedPlan('destroy').replaceAll(
      '"deletion_protection": true',
      '"deletion_protection": false',
    );
    workplace.answer('terraform', ['show'], { stdout: plan });
    const { code, stderr } = await deploy('--yes');
    expect(code).to.equal(1);
    expect(stderr).to.contain('only deletes').and.contain('--destroy');
    expect(applies()).to.deep.equal([]);
  });

  describe('after the apply', () => {
    beforeEach(() => {
      workplace.answerOutputs({
        dataflow_jobs: { 'iex-aggregate-1': 'a', 'iex-aggregate-5': 'b' },
      });
    });

    it('waits until each job is running', async () => {
      const { code, stdout, stderr } = await deploy('--yes');
      expect(code, stderr).to.equal(0);
      expect(stdout)
        .to.match(/^iex-aggregate-1 +running$/m)
        .and.match(/^iex-aggregate-5 +running$/m)
        .and.match(/Deployed\.\n$/);
    });

    it('fails if one has failed, with its first errors', async () => {
      workplace.dataflow.states.set('b', ['JOB_STATE_FAILED']);
      workplace.dataflow.errors.set('b', ['no such subnetwork', 'and so on']);
      const { code, stdout, stderr } = await deploy('--yes');
      expect(code).to.equal(1);
      expect(stderr)
        .to.contain('no such subnetwork\nand so on\n')
        .and.contain(
          'Job iex-aggregate-5 did not start: its state is failed. The whole plan was applied.',
        );
      expect(stdout)
        .to.match(/^iex-aggregate-1 +running$/m)
        .and.not.contain('Deployed.');
    });

    it('names all jobs that have failed', async () => {
      for (const id of ['a', 'b']) {
        workplace.dataflow.states.set(id, ['JOB_STATE_FAILED']);
        workplace.dataflow.errors.set(id, [`error of ${id}`]);
      }
      const { code, stderr } = await deploy('--yes');
      expect(code).to.equal(1);
      expect(stderr)
        .to.contain('error of a')
        .and.contain('error of b')
        .and.contain('2 Dataflow jobs did not start');
    });

    it('shows the errors of a job that is running', async () => {
      workplace.dataflow.errors.set('a', ['a worker cannot install its packages']);
      const { code, stdout } = await deploy('--yes');
      expect(code).to.equal(0);
      expect(stdout).to.contain(
        'iex-aggregate-1 is running, but has logged errors:\n  a worker cannot install its packages\n',
      );
    });

    it('does not wait with --no-wait', async () => {
      workplace.dataflow.states.set('a', ['JOB_STATE_FAILED']);
      const { code, stdout, stderr } = await deploy('--yes', '--no-wait');
      expect(code, stderr).to.equal(0);
      expect(stdout).to.contain('Deployed.');
      expect(workplace.dataflow.requests).to.deep.equal([]);
    });

    it('has nothing to wait for without jobs', async () => {
      workplace.answerOutputs({ dataflow_jobs: {} });
      expect((await deploy('--yes')).code).to.equal(0);
      expect(workplace.dataflow.requests).to.deep.equal([]);
    });
  });

  describe('before anything else', () => {
    it('lists everything that is missing, with what to do', async () => {
      for (const program of ['terraform', 'java', 'mvn', 'python3']) workplace.remove(program);
      workplace.emulator.buckets.delete(CODE);
      workplace.emulator.add({
        ...workplace.emulator.buckets.get(STATE)!,
        versioning: { enabled: false },
      });
      const { code, stderr } = await deploy('--yes', '--var-file', '/nonexistent.tfvars');
      expect(code).to.equal(1);
      const lines = stderr.trim().split('\n');
      const expected = [
        /^- Terraform is missing.*install 1\.9 or later/,
        /^- java is missing.*JDK.*--skip-templates/,
        /^- mvn is missing.*Maven/,
        /^- python3 is missing.*Python/,
        /^- --var-file \/nonexistent\.tfvars cannot be read: ENOENT/,
        new RegExp(`^- gs://${STATE}  keeps no old versions: gcloud storage buckets update`),
        new RegExp(`^- gs://${CODE}, .* is not in ${PROJECT}: run node bootstrap/bootstrap.mjs`),
        /^Fix these 7 problems first\. Nothing was changed\.$/,
      ];
      expect(lines).to.have.length(expected.length);
      for (const [i, pattern] of expected.entries()) expect(lines[i]).to.match(pattern);
      expect(workplace.calls()).to.deep.equal([]);
      expect(workplace.emulator.changes).to.deep.equal([]);
    });

    it('needs no shell', async () => {
      expect((await deploy('--plan-only')).code).to.equal(0);
      expect(readdirSync(workplace.folder)).not.to.include('bash');
    });

    it('shows why a program does not work', async () => {
      const stderr = 'Picked up JAVA_TOOL_OPTIONS\nError: Could not create the Java VM\n';
      workplace.answer('java', ['-version'], { stderr, code: 1 });
      workplace.answer('terraform', ['version'], { stderr: 'Error: broken config\n', code: 1 });
      const ended = await deploy('--plan-only');
      expect(ended.stderr)
        .to.contain('- java does not work: Error: Could not create the Java VM; not needed with')
        .and.contain('- Terraform does not work: Error: broken config\n');
    });

    for (const [version, isGood] of Object.entries({ '1.8.5': false, '1.10.0-beta1': true })) {
      it(`${isGood ? 'takes' : 'refuses'} Terraform ${version}`, async () => {
        const stdout = JSON.stringify({ terraform_version: version });
        workplace.answer('terraform', ['version'], { stdout });
        const { code, stderr } = await deploy('--plan-only');
        expect(code).to.equal(isGood ? 0 : 1);
        if (!isGood) expect(stderr).to.contain(`Terraform is ${version}: install 1.9 or later`);
      });
    }

    it('refuses a Terraform that does not know the flag -json', async () => {
      workplace.answer('terraform', ['version'], { stdout: 'Terraform v0.12.0\n' });
      expect((await deploy('--plan-only')).stderr).to.contain('install 1.9 or later');
    });

    it('says how to log in', async () => {
      const { code, stderr } = await workplace.deployIn(
        host(),
        ['--project', PROJECT, '--plan-only'],
        {
          STORAGE_EMULATOR_HOST: '',
          GOOGLE_OAUTH_ACCESS_TOKEN: '',
          GOOGLE_APPLICATION_CREDENTIALS: '',
          // The folder of the credentials of a login.
          HOME: '/nonexistent',
          CLOUDSDK_CONFIG: '/nonexistent',
        },
      );
      expect(code).to.equal(1);
      expect(stderr).to.contain('gcloud auth application-default login');
    });

    it('refuses a bucket of another project', async () => {
      workplace.emulator.add({ ...workplace.emulator.buckets.get(CODE)!, project: 'strangers' });
      expect((await deploy('--plan-only')).stderr).to.contain(`gs://${CODE}, for code`);
    });
  });

  it('refuses a variable file that contradicts a flag', async () => {
    workplace.answerSettings({ code_bucket: 'other-code' });
    expectOneLine(await deploy('--yes'), 'code_bucket is other-code in a variable file, but --');
    expect(workplace.callsOf('zip-functions')).to.deep.equal([]);
  });

  it('shows a wrong variable before it builds anything', async () => {
    workplace.answer('terraform', ['console'], {
      stdout: '"{}"\n',
      stderr: '\nError: Invalid value for variable\n\nlog_level must be debug, info, ...\n',
    });
    const { code, stderr } = await deploy('--yes');
    expect(code).to.equal(1);
    expect(stderr).to.contain('log_level must be debug').and.contain('A variable is wrong');
    expect(workplace.callsOf('zip-functions')).to.deep.equal([]);
  });

  describe('if Terraform fails', () => {
    for (const command of ['init', 'plan', 'apply']) {
      it(`at ${command}, shows its output`, async () => {
        workplace.answer('terraform', [command], { stderr: 'Error: first\nsecond\n', code: 1 });
        const { code, stderr } = await deploy('--yes');
        expect(code).to.equal(1);
        expect(stderr).to.contain('Error: first\nsecond\n');
        const end = stderr.trim().split('\n').at(-1);
        expect(end).to.contain(`terraform ${command} failed (exit code 1)`);
        const whatWasDone = {
          init: ['Nothing was changed'],
          plan: ['Nothing was applied', 'Uploaded', ZIP, 'templates of version abcdefabcdef'],
          apply: ['Run the same command again to resume'],
        }[command];
        for (const part of whatWasDone!) expect(end).to.contain(part);
      });
    }
  });

  for (const [name, number] of Object.entries({ SIGTERM: 15, SIGHUP: 1 })) {
    it(`ends in order on ${name}, and Terraform with it`, async () => {
      workplace.answer('terraform', ['apply'], { waits: 'for a signal' });
      const { process, ended } = workplace.start(['--project', PROJECT, '--yes']);
      await untilTrue(() => applies().length === 1);
      process.kill(name as NodeJS.Signals);
      await untilTrue(() => workplace.callsOf('terraform', 'SIGINT').length === 1);
      // Both come when a machine shuts down. Only the user may kill Terraform, which locks the
      // state.
      process.kill('SIGTERM');
      const { code, stderr } = await ended;
      expect(code, stderr).to.equal(128 + number);
      expect(workplace.callsOf('terraform', 'SIGINT')).to.have.length(1);
      expect(workplace.callsOf('terraform', 'end').join()).to.contain(' apply ');
      expect(stderr).to.contain('Run the same command again to resume');
    });
  }

  it('shows an upload that is refused, in one line', async () => {
    workplace.emulator.failWith = (operation) =>
      operation.startsWith('POST /upload') ? 403 : undefined;
    expectOneLine(await deployAlone('--yes'), /No permission to create gs:/);
    expect(applies()).to.deep.equal([]);
  });

  describe('with --destroy', () => {
    /** The recorded plan, as it is after a deployment with other variables. */
    function answerDestroy(fields: Record<string, unknown>): void {
      const plan = JSON.parse(recordedPlan('destroy'));
      for (const { change } of plan.resource_changes) Object.assign(change.before, fields);
      workplace.answer('terraform', ['show'], { stdout: JSON.stringify(plan) });
    }

    it('destroys what it planned, and builds nothing', async () => {
      answerDestroy({ deletion_protection: false });
      for (const program of ['java', 'mvn', 'python3', 'npm']) workplace.remove(program);
      const { code, stdout, stderr } = await deploy('--destroy', '--yes');
      expect(code, stderr).to.equal(0);
      const plan = terraformCommands().find((call) => call.startsWith('plan'))!;
      expect(plan)
        .to.contain(' -destroy ')
        .and.match(/function_object=\S+0{64}\.zip/);
      expect(applies()).to.have.length(1);
      expect(stdout)
        .to.contain('google_bigquery_table.quote (destroy): its rows')
        .and.contain('Dataflow jobs are drained first')
        .and.contain('Destroyed. The buckets stay.');
      expect(workplace.emulator.changes).to.deep.equal([]);
    });

    it('refuses to destroy protected resources before anything is destroyed', async () => {
      answerDestroy({});
      const { code, stdout, stderr } = await deploy('--destroy', '--yes');
      expect(code).to.equal(1);
      expect(stdout).to.contain('Protected by deletion_protection: google_bigquery_table.quote');
      expect(stderr).to.contain('deploy with deletion_protection = false');
      expect(applies()).to.deep.equal([]);
    });

    it('only plans with --plan-only', async () => {
      answerDestroy({});
      expect((await deploy('--destroy', '--plan-only')).code).to.equal(0);
      expect(applies()).to.deep.equal([]);
    });

    it('says so if nothing is deployed', async () => {
      const stdout = JSON.stringify({ applyable: false, resource_changes: [] });
      workplace.answer('terraform', ['show'], { stdout });
      const ended = await deploy('--destroy', '--yes');
      expect(ended.code).to.equal(0);
      expect(ended.stdout).to.contain('nothing is deployed');
      expect(applies()).to.deep.equal([]);
    });
  });

  it('refuses a wrong command line with exit code 2, in one line that names the help command', async () => {
    const { code, stderr } = await workplace.deployIn(host(), ['--projekt', PROJECT]);
    expect(code).to.equal(2);
    expect(stderr.trim()).to.match(/^[^\n]*'--projekt'[^\n]* \(see node deploy\.mjs --help\)$/);
    expect(workplace.calls()).to.deep.equal([]);
  });

  it('prints its help', async () => {
    const { code, stdout } = await workplace.deploy(['--help']);
    expect(code).to.equal(0);
    for (const flag of ['--plan-only', '--skip-templates', '--destroy', '--var-file']) {
      expect(stdout).to.contain(flag);
    }
  });

  it('says what to do if its packages are not installed', async () => {
    const copy = join(workplace.folder, 'copy');
    mkdirSync(copy);
    for (const name of ['deploy.mjs', 'deploy/load.mjs']) {
      cpSync(join(workplace.checkout, name), join(copy, name), { recursive: true });
    }
    const result = await workplace.deploy(['--project', PROJECT], {}, join(copy, 'deploy.mjs'));
    expectOneLine(result, 'run npm install');
  });
});
