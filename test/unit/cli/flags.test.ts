import { expect } from 'chai';
import { checkProjectId, parseFlags, UsageError } from 'iex-cli';

const OPTIONS = { project: { type: 'string' }, yes: { type: 'boolean' } } as const;

describe('flags', () => {
  it('are read with their values, and arguments without a flag in their order', () => {
    const { values, positionals } = parseFlags(['--project', 'p', 'a', '--yes', 'b'], OPTIONS, 2);
    expect(values).to.deep.include({ project: 'p', yes: true });
    expect(positionals).to.deep.equal(['a', 'b']);
  });

  const mistakes: Record<string, [args: string[], positionals: number, message: string]> = {
    'an unknown flag': [['--projekt', 'p'], 0, "Unknown option '--projekt'"],
    'a flag without its value': [['--project'], 0, "'--project <value>' argument missing"],
    'a value for a switch': [['--yes=no'], 0, "'--yes' does not take an argument"],
    'an argument too many': [['a', 'b'], 1, "unexpected argument 'b'"],
  };
  for (const [name, [args, positionals, message]] of Object.entries(mistakes)) {
    it(`may not have ${name}`, () => {
      expect(() => parseFlags(args, OPTIONS, positionals))
        .to.throw(UsageError)
        .with.property('message')
        .that.satisfies((text: string) => text.includes(message) && !text.includes('\n'));
    });
  }
});

describe('the ID of a project', () => {
  for (const id of ['my-project', 'abc123', `a${'b'.repeat(29)}`]) {
    it(`may be ${id}`, () => expect(checkProjectId(id)).to.equal(id));
  }

  for (const id of [
    '',
    'short',
    'Upper-case',
    '1-digit',
    'ends-',
    `a${'b'.repeat(30)}`,
    'a_b_c_d',
  ]) {
    it(`may not be '${id}'`, () => {
      expect(() => checkProjectId(id)).to.throw(UsageError, `'${id}' is not a valid project ID`);
    });
  }
});
