import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { untilTrue } from '../../support/until.js';
import { CODE, type Ended, PROJECT, ROOT, recordedPlan, STATE, Workplace } from './harness.js';

const ZIP_HASH = createHash('sha256').update('functions').digest('hex');
const ZIP = `function/iex-functions-${ZIP_HASH}.zip`;

describe('deploy.mjs', () => {
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

  const deploy = (...args: string[]) => workplace.deploy(['--project', PROJECT, ...args]);

  const terraformCommands = () =>
    workplace.callsOf('terraform').map((call) => call.replace(/^-chdir=\S+ /, ''));
  const applies = () => terraformCommands().filter((call) => call.startsWith('apply'));

  function expectOneLine({ code, stderr }: Ended, told: string | RegExp): void {
    expect(code, stderr).to.equal(1);
    expect(stderr.trim().split('\n')).to.have.length(1);
    if (told instanceof RegExp) expect(stderr).to.match(told);
    else expect(stderr).to.contain(told);
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
        `plan -no-color -input=false -out=${planFile} ${variables} -var=function_object=${ZIP} -var=dataflow_template_version=abcdefabcdef`,
      );
      expect(planFile).not.to.contain(ROOT);
      expect(show).to.equal(`show -json ${planFile}`);
      expect(apply).to.equal(`apply -no-color -input=false ${planFile}`);
      expect(more).to.deep.equal([]);
      expect(stdout).to.contain('Apply complete!').and.contain('Deployed.');
    });

    it('uploads the functions by the hash of their content', async () => {
      await deploy('--yes');
      expect(String(workplace.emulator.objects.content(CODE, ZIP))).to.equal('functions');
    });

    it('has the templates built for the layout and the resolutions that Terraform tells', async () => {
      workplace.answerSettings({ dataflow_layout: 'single', resolutions: [2, 30] });
      await deploy('--yes', '--worker-image', 'example.com/worker:1');
      expect(workplace.callsOf('npm').at(-1)).to.equal(
        'run --silent --ignore-scripts template -- ' +
          `--project ${PROJECT} --region europe-west2 --bucket ${CODE} --resolutions 2,30 --layout single ` +
          '--worker-image example.com/worker:1',
      );
    });

    it('shows what goes on in lines without control characters', async () => {
      const { stdout } = await deploy('--yes');
      // biome-ignore lint/suspicious/noControlCharactersInRegex: there must be none
      expect(stdout).not.to.match(/[\x00-\x09\x0b-\x1f]/);
      expect(stdout)
        .to.match(/^Functions +uploaded: gs:/m)
        .and.match(/^Templates +building the jar$/m)
        .and.match(/^Templates +version abcdefabcdef in gs:/m);
    });

    it('changes nothing where nothing has changed, and says so', async () => {
      await deploy('--yes');
      workplace.emulator.changes.length = 0;
      workplace.answer('terraform', ['show'], { stdout: recordedPlan('no-changes') });
      const { code, stdout, stderr } = await deploy('--yes');
      expect(code, stderr).to.equal(0);
      expect(stdout).to.contain(`No changes: ${PROJECT} is as it should be.`);
      expect(stdout).to.match(/^Functions +unchanged: gs:/m);
      expect(stdout).to.contain('topics = []');
      expect(applies()).to.have.length(1);
      expect(workplace.emulator.changes).to.deep.equal([]);
    });

    it('takes another place, and variable files from where the user stands', async () => {
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
      // What comes later counts, so that it shows where the file says otherwise.
      expect(planned.findIndex((flag) => flag.startsWith('-var-file='))).to.be.above(
        planned.findLastIndex((flag) => flag.startsWith('-var=')),
      );
    });

    it('gives no program anything to read but what is for it', async () => {
      await deploy('--yes');
      for (const { program, args, input } of workplace.calls()) {
        if (args.includes('console') || input === undefined) continue;
        expect(input, `${program} ${args.join(' ')}`).to.equal('');
      }
    });
  });

  describe('the templates', () => {
    const names = ['iex-aggregate-1', 'iex-aggregate-5', 'iex-aggregate-15'];
    const addTemplate = (name: string, metadata?: Record<string, string>) =>
      workplace.emulator.objects.put(
        {
          bucket: CODE,
          name: `dataflow/templates/${name}`,
          fields: { ...(metadata && { metadata }) },
          ifGenerationMatch: null,
        },
        Buffer.from('{}'),
      );

    it('are kept in their version with --skip-templates, without their tools', async () => {
      for (const name of names) addTemplate(name, { version: '0123456789ab' });
      for (const program of ['java', 'mvn', 'python3']) workplace.remove(program);
      const { code, stderr } = await deploy('--yes', '--skip-templates');
      expect(code, stderr).to.equal(0);
      expect(workplace.callsOf('npm').filter((call) => call.includes('template'))).to.deep.equal(
        [],
      );
      expect(workplace.callsOf('terraform').join('\n')).to.contain(
        '-var=dataflow_template_version=0123456789ab',
      );
    });

    it('are one in the layout single', async () => {
      workplace.answerSettings({ dataflow_layout: 'single' });
      addTemplate('iex-aggregate', { version: '0123456789ab' });
      expect((await deploy('--yes', '--skip-templates')).code).to.equal(0);
    });

    it('are missed with --skip-templates where one is absent', async () => {
      for (const name of names.slice(1)) addTemplate(name, { version: '1' });
      const result = await deploy('--yes', '--skip-templates');
      expectOneLine(result, `gs://${CODE}/dataflow/templates/iex-aggregate-1 is not there`);
      expect(result.stderr).to.contain('without --skip-templates');
      expect(terraformCommands().join()).not.to.contain('plan');
    });

    it('are missed where one tells no version', async () => {
      for (const name of names) addTemplate(name);
      expectOneLine(await deploy('--yes', '--skip-templates'), 'tells no version');
    });

    it('are refused where they are of several versions', async () => {
      for (const [i, name] of names.entries()) addTemplate(name, { version: `v${i % 2}` });
      expectOneLine(await deploy('--yes', '--skip-templates'), 'of several versions (v0, v1)');
    });

    it('end the deployment where they cannot be built, with what was said', async () => {
      workplace.answer('npm', ['template'], { stderr: 'no such module\npip failed\n', code: 1 });
      const { code, stdout, stderr } = await deploy('--yes');
      expect(code).to.equal(1);
      expect(stderr).to.contain('no such module\npip failed\n');
      expect(stderr).to.match(/npm run template failed \(exit code 1\)\. .*\n$/);
      expect(stdout).not.to.contain('Plan  ');
      expect(applies()).to.deep.equal([]);
    });

    for (const stdout of ['', 'done\n', '{"version": ""}\n', '[]\n', 'null\n']) {
      it(`end it where ${JSON.stringify(stdout)} is all that is told of their version`, async () => {
        workplace.answer('npm', ['template'], { stdout });
        expectOneLine(await deploy('--yes'), 'without telling the version');
      });
    }

    it('are not waited for where the functions fail', async () => {
      workplace.answer('npm', ['template'], { waits: 'for a signal' });
      workplace.answer('npm', ['package'], { stderr: 'a type is wrong\n', code: 1 });
      const { code, stderr } = await deploy('--yes');
      expect(code).to.equal(1);
      expect(stderr).to.contain('a type is wrong').and.not.contain('Interrupt received');
      const template = workplace.callsOf('npm', 'SIGTERM');
      expect(template.length).to.be.at.most(1);
      expect(workplace.calls().filter(({ event }) => event === 'start').length).to.equal(
        workplace.calls().filter(({ event }) => event === 'end').length,
      );
    });
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

    it('applies nothing with --yes either', async () => {
      expect((await deploy('--plan-only', '--yes')).code).to.equal(0);
      expect(applies()).to.deep.equal([]);
    });
  });

  it('refuses at once where nobody can be asked', async () => {
    const result = await deploy();
    expectOneLine(result, /no terminal.*--yes.*--plan-only/);
    expect(workplace.calls()).to.deep.equal([]);
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
      const told = [
        /^- Terraform is missing.*install 1\.9 or later/,
        /^- java is missing.*JDK.*--skip-templates/,
        /^- mvn is missing.*Maven/,
        /^- python3 is missing.*Python/,
        /^- --var-file \/nonexistent\.tfvars cannot be read: ENOENT/,
        new RegExp(`^- gs://${STATE}  keeps no old versions: gcloud storage buckets update`),
        new RegExp(`^- gs://${CODE}, .* is not in ${PROJECT}: run node bootstrap/bootstrap.mjs`),
        /^7 things to mend first\. Nothing was changed\.$/,
      ];
      expect(lines).to.have.length(told.length);
      for (const [i, pattern] of told.entries()) expect(lines[i]).to.match(pattern);
      expect(workplace.calls()).to.deep.equal([]);
      expect(workplace.emulator.changes).to.deep.equal([]);
    });

    it('wants bash, by which it runs all others', async () => {
      workplace.remove('bash');
      const { code, stderr } = await deploy('--plan-only');
      expect(code).to.equal(1);
      expect(stderr).to.match(/^- bash is missing.*\nOne thing to mend first/);
    });

    const versions: Record<string, boolean> = {
      '1.8.5': false,
      '1.9.0': true,
      '1.10.0-beta1': true,
      '2.0.0': true,
      '0.15.0': false,
    };
    for (const [version, isGood] of Object.entries(versions)) {
      it(`${isGood ? 'takes' : 'refuses'} Terraform ${version}`, async () => {
        const stdout = JSON.stringify({ terraform_version: version });
        workplace.answer('terraform', ['version'], { stdout });
        const { code, stderr } = await deploy('--plan-only');
        expect(code).to.equal(isGood ? 0 : 1);
        if (!isGood) expect(stderr).to.contain(`Terraform is ${version}: install 1.9 or later`);
      });
    }

    it('refuses a Terraform that does not know the question', async () => {
      workplace.answer('terraform', ['version'], { stdout: 'Terraform v0.12.0\n' });
      expect((await deploy('--plan-only')).stderr).to.contain('install 1.9 or later');
    });

    it('says how to log in', async () => {
      const { code, stderr } = await workplace.deploy(['--project', PROJECT, '--plan-only'], {
        STORAGE_EMULATOR_HOST: '',
        GOOGLE_APPLICATION_CREDENTIALS: '',
        // Where the credentials of a login would lie.
        HOME: '/nonexistent',
        CLOUDSDK_CONFIG: '/nonexistent',
      });
      expect(code).to.equal(1);
      expect(stderr).to.contain('gcloud auth application-default login');
    });

    it("does not take a stranger's bucket", async () => {
      workplace.emulator.add({ ...workplace.emulator.buckets.get(CODE)!, project: 'strangers' });
      expect((await deploy('--plan-only')).stderr).to.contain(`gs://${CODE}, for code`);
    });
  });

  describe('where a variable file and a flag disagree', () => {
    const settings = {
      region: 'us-central1',
      code_bucket: 'other-code',
      project_id: 'other-project',
    };
    for (const [name, value] of Object.entries(settings)) {
      it(`about ${name}, says so`, async () => {
        workplace.answerSettings({ [name]: value });
        expectOneLine(await deploy('--yes'), `${name} is ${value} in a variable file, but --`);
        expect(workplace.callsOf('npm')).to.deep.equal([]);
      });
    }
  });

  it('tells of a wrong variable before it builds anything', async () => {
    workplace.answer('terraform', ['console'], {
      stdout: '"{}"\n',
      stderr: '\nError: Invalid value for variable\n\nlog_level must be debug, info, ...\n',
    });
    const { code, stderr } = await deploy('--yes');
    expect(code).to.equal(1);
    expect(stderr).to.contain('log_level must be debug').and.contain('A variable is wrong');
    expect(workplace.callsOf('npm')).to.deep.equal([]);
  });

  describe('where Terraform fails', () => {
    for (const command of ['init', 'plan', 'apply']) {
      it(`at ${command}, shows what it said`, async () => {
        workplace.answer('terraform', [command], { stderr: 'Error: first\nsecond\n', code: 1 });
        const { code, stderr } = await deploy('--yes');
        expect(code).to.equal(1);
        expect(stderr).to.contain('Error: first\nsecond\n');
        const end = stderr.trim().split('\n').at(-1);
        expect(end).to.contain(`terraform ${command} failed (exit code 1)`);
        const whatWasDone = {
          init: ['Nothing was changed'],
          // In the order in which they were.
          plan: ['Nothing was applied; uploaded', ZIP, 'templates of version abcdefabcdef'],
          apply: ['the same command again does the rest'],
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
      // Both come where a machine goes down. Only a person may kill Terraform, who locks the state.
      process.kill('SIGTERM');
      const { code, stderr } = await ended;
      expect(code, stderr).to.equal(128 + number);
      expect(workplace.callsOf('terraform', 'SIGINT')).to.have.length(1);
      expect(workplace.callsOf('terraform', 'end').join()).to.contain(' apply ');
      expect(stderr).to.contain('the same command again does the rest');
    });
  }

  it('tells of an upload that is refused, in a line', async () => {
    workplace.emulator.failWith = (operation) =>
      operation.startsWith('POST /upload') ? 403 : undefined;
    expectOneLine(await deploy('--yes'), `no right to create gs://${CODE}/${ZIP}`);
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

    it('refuses what is protected before anything is destroyed', async () => {
      answerDestroy({});
      const { code, stdout, stderr } = await deploy('--destroy', '--yes');
      expect(code).to.equal(1);
      expect(stdout).to.contain('Protected by deletion_protection: google_bigquery_table.quote');
      expect(stderr).to.contain('deploy with deletion_protection = false');
      expect(applies()).to.deep.equal([]);
    });

    it('only tells with --plan-only', async () => {
      answerDestroy({});
      expect((await deploy('--destroy', '--plan-only')).code).to.equal(0);
      expect(applies()).to.deep.equal([]);
    });

    it('says where nothing is there', async () => {
      const stdout = JSON.stringify({ applyable: false, resource_changes: [] });
      workplace.answer('terraform', ['show'], { stdout });
      const ended = await deploy('--destroy', '--yes');
      expect(ended.code).to.equal(0);
      expect(ended.stdout).to.contain('nothing is there');
      expect(applies()).to.deep.equal([]);
    });
  });

  describe('refuses, with exit code 2,', () => {
    const mistakes: Record<string, [args: string[], told: string]> = {
      'a missing project': [[], '--project P is missing'],
      'an unknown flag': [['--projekt', 'p'], "Unknown option '--projekt'"],
      'a stray word': [['--project', PROJECT, 'prod'], "Unexpected argument 'prod'"],
      'a flag without its value': [['--project', PROJECT, '--var-file'], "'--var-file <value>'"],
      'a value for a switch': [['--project', PROJECT, '--yes=no'], "'--yes' does not take"],
      'a wrong project': [['--project', 'Test'], "'Test' is no project id"],
      'a wrong region': [['--project', PROJECT, '--region', 'EU'], "'EU' is no region"],
      'one bucket for both': [
        ['--project', PROJECT, '--code-bucket', 'one', '--state-bucket', 'one'],
        'the buckets must be two',
      ],
    };
    for (const [name, [args, told]] of Object.entries(mistakes)) {
      it(name, async () => {
        const { code, stderr } = await workplace.deploy(args);
        expect(code).to.equal(2);
        expect(stderr.trim().split('\n')).to.have.length(1);
        expect(stderr).to.contain(told).and.contain('--help');
        expect(workplace.calls()).to.deep.equal([]);
      });
    }
  });

  it('explains itself', async () => {
    const { code, stdout } = await workplace.deploy(['--help']);
    expect(code).to.equal(0);
    for (const flag of ['--plan-only', '--skip-templates', '--destroy', '--var-file']) {
      expect(stdout).to.contain(flag);
    }
  });

  it('says what to do where its packages are not installed', async () => {
    const copy = join(workplace.folder, 'copy');
    mkdirSync(copy);
    for (const name of ['deploy.mjs', 'deploy', 'bootstrap', 'package.json']) {
      cpSync(join(ROOT, name), join(copy, name), { recursive: true });
    }
    const result = await workplace.deploy(['--project', PROJECT], {}, join(copy, 'deploy.mjs'));
    expectOneLine(result, 'run npm ci');
  });
});
