import { expect } from 'chai';
import { CommandError, OperationalError, runCommand, UsageError } from 'iex-cli';

describe('a command', () => {
  const { error: consoleError } = console;
  let shown: unknown[];

  beforeEach(() => {
    shown = [];
    console.error = (...args: unknown[]) => shown.push(...args);
  });

  afterEach(() => {
    console.error = consoleError;
    process.exitCode = undefined;
  });

  const exitCodeOf = async (command: () => Promise<number | undefined>) => {
    await runCommand(command, { help: 'x --help' });
    return process.exitCode;
  };

  it('sets the exit code that it returns, 0 by default', async () => {
    expect(await exitCodeOf(async () => 3)).to.equal(3);
    expect(await exitCodeOf(async () => undefined)).to.equal(0);
    expect(shown).to.deep.equal([]);
  });

  it('ends with 1 and one line if the user can fix it', async () => {
    const code = await exitCodeOf(async () => {
      throw new OperationalError('Do this', { cause: new Error('inner') });
    });
    expect({ code, shown }).to.deep.equal({ code: 1, shown: ['Do this'] });
  });

  it('shows the output of a program first', async () => {
    const code = await exitCodeOf(async () => {
      throw new CommandError('mvn failed (exit code 1)', { details: '\nno network\n' });
    });
    expect({ code, shown }).to.deep.equal({
      code: 1,
      shown: ['no network', 'mvn failed (exit code 1)'],
    });
  });

  it('ends with 2 after a usage error, and names the help command', async () => {
    const code = await exitCodeOf(async () => {
      throw new UsageError('--project P is missing');
    });
    expect({ code, shown }).to.deep.equal({
      code: 2,
      shown: ['--project P is missing (see x --help)'],
    });
  });

  it('ends with 1 and the stack trace if it is a defect', async () => {
    const defect = new TypeError('x is undefined');
    const code = await exitCodeOf(async () => {
      throw defect;
    });
    expect({ code, shown }).to.deep.equal({ code: 1, shown: [defect] });
  });
});
