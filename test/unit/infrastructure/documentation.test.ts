import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { LOG_LEVELS } from 'iex-function/log';
import { quoteSources } from 'iex-function/quote-sources/index';

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

const documentation = read('docs/infrastructure.md');

/** The blocks of a kind in a file as `terraform fmt` lays it out: each name with the block's text. */
function blocksOf(kind: string, file: string): [name: string, text: string][] {
  const blocks = read(file).matchAll(new RegExp(`^${kind} "(\\w+)" \\{\\n(.*?)^\\}`, 'gms'));
  return [...blocks].map(([, name = '', text = '']) => [name, text]);
}

const attribute = (text: string, name: string) =>
  new RegExp(`^  ${name} += (.*)$`, 'm').exec(text)?.[1];

const description = (text: string) => attribute(text, 'description')?.slice(1, -1);

/** The cells of the rows of the table in the documentation whose first column has a heading. */
function tableRows(heading: string): string[][] {
  const [, table = ''] = documentation.split(new RegExp(`^\\| ${heading} .*\\n.*\\n`, 'm'));
  const rows = (table.split('\n\n')[0] ?? '').trim().split('\n');
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

describe('docs/infrastructure.md', () => {
  it('lists the variables as they are described, with their defaults', () => {
    const variables = blocksOf('variable', 'infrastructure/variables.tf');
    expect(variables).not.to.have.length(0);
    expect(tableRows('variable')).to.deep.equal(
      variables.map(([name, text]) => {
        const value = attribute(text, 'default');
        return [`\`${name}\``, description(text), value ? `\`${value}\`` : ''];
      }),
    );
  });

  it('lists the outputs as they are described', () => {
    expect(tableRows('output')).to.deep.equal(
      blocksOf('output', 'infrastructure/outputs.tf').map(([name, text]) => [
        `\`${name}\``,
        description(text),
      ]),
    );
  });

  it('lists the alerts', () => {
    const names = tableRows('alert').map(([link = '']) => /^\[([\w-]+)\]/.exec(link)?.[1]);
    const files = readdirSync(new URL('../../../infrastructure/alerts', import.meta.url));
    expect(names.map((name) => `${name}.md`)).to.deep.equal(files.toSorted());
  });
});

describe('variables.tf', () => {
  const variables = new Map(blocksOf('variable', 'infrastructure/variables.tf'));
  const listIn = (variable: string) =>
    JSON.parse(/\[[^\]]+\]/.exec(variables.get(variable) ?? '')?.[0] ?? '');

  it('keeps its variables in alphabetical order, each with a type and a description', () => {
    expect([...variables.keys()]).to.deep.equal([...variables.keys()].sort());
    for (const [name, text] of variables) {
      expect(description(text), name).to.match(/\.$/);
      expect(attribute(text, 'type'), name).to.be.a('string');
    }
  });

  it('allows null only where that means something', () => {
    const nullable = [...variables].filter(([, text]) => !/^ {2}nullable += false$/m.test(text));
    for (const [name, text] of nullable) {
      expect(attribute(text, 'default'), name).to.equal('null');
      expect(description(text), name).to.contain('null');
    }
  });

  it('knows the quote sources and log levels of the functions', () => {
    expect(listIn('quote_source')).to.deep.equal(Object.keys(quoteSources));
    expect(listIn('log_level')).to.deep.equal([...LOG_LEVELS]);
  });
});
