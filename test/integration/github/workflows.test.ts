import { execFileSync, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect } from 'chai';
import { skipTest } from 'iex-test/support/skip';
import { commandsOf, ROOT, readWorkflow } from './workflow.js';

const WORKFLOWS = join(ROOT, '.github/workflows');

describe('the workflows for GitHub', function () {
  this.timeout(60_000);
  const names = readdirSync(WORKFLOWS).map((file) => file.replace('.yml', ''));
  const workflows = names.map(readWorkflow);
  const commands = workflows.flatMap(commandsOf);

  /** Where `.ci/install-workflow-linters` installs them, or the machine has them. */
  function lint(context: Mocha.Context, program: string, ...args: string[]): string {
    const path = [join(ROOT, '.cache/bin'), process.env.PATH].join(delimiter);
    const result = spawnSync(program, args, {
      cwd: ROOT,
      env: { ...process.env, PATH: path },
      encoding: 'utf8',
    });
    if (result.error) skipTest(context, `no ${program}: run .ci/install-workflow-linters`);
    return result.status === 0 ? '' : result.stdout + result.stderr;
  }

  it('have no errors that actionlint finds', function () {
    const files = names.map((name) => join(WORKFLOWS, `${name}.yml`));
    expect(lint(this, 'actionlint', ...files)).to.equal('');
  });

  it('have no weakness that zizmor finds', function () {
    // Pedantic: also what is only a bad habit.
    const flags = ['--offline', '--no-progress', '--persona=pedantic'];
    const files = [...names.map((name) => `workflows/${name}`), 'dependabot'];
    const paths = files.map((name) => join(ROOT, '.github', `${name}.yml`));
    expect(lint(this, 'zizmor', ...flags, ...paths)).to.equal('');
  });

  it('pin every action by its commit, always the same one', () => {
    const pins = new Map<string, Set<string>>();
    for (const name of names) {
      const text = readFileSync(join(WORKFLOWS, `${name}.yml`), 'utf8');
      for (const [, action = '', pin = ''] of text.matchAll(/uses: ([^@\s]+)@(.*)/g)) {
        pins.set(action, (pins.get(action) ?? new Set()).add(pin));
      }
    }
    for (const [action, [pin, ...others]] of pins) {
      expect(pin, action).to.match(/^[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
      expect(others, action).to.deep.equal([]);
    }
  });

  it('run scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    for (const command of commands) {
      for (const [, script = ''] of command.matchAll(/npm run ([\w:-]+)/g)) {
        expect(scripts).to.have.property(script);
      }
      for (const [file] of command.matchAll(/\.ci\/[\w-]+/g)) {
        accessSync(join(ROOT, file), constants.X_OK);
      }
      for (const [file] of command.matchAll(/\b(test|dataflow)\/[\w/.-]+/g)) {
        expect(existsSync(join(ROOT, file)), file).to.equal(true);
      }
      for (const [, folder = ''] of command.matchAll(/-chdir=(\S+)/g)) {
        expect(existsSync(join(ROOT, folder)), folder).to.equal(true);
      }
    }
  });

  it('run what the README tells a newcomer to run, on every supported Node.js', () => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
    const start = readFileSync(join(ROOT, '.ci/start-and-look'), 'utf8');
    for (const [, command = ''] of readme.matchAll(/^npm install && (npm \w+)/gm)) {
      const isRun = commands.some((run) => run === command) || start.includes(command);
      expect(isRun, command).to.equal(true);
    }
    expect(commands).to.include('npm install').and.include('npm run check');
  });

  it('have scripts without mistakes in their syntax', () => {
    for (const name of readdirSync(join(ROOT, '.ci'))) {
      execFileSync('bash', ['-n', join(ROOT, '.ci', name)]);
    }
  });
});
