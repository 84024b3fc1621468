import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { LOG_LEVELS } from 'iex-function/log';
import { quoteSources } from 'iex-function/quote-sources/index';
import { readTickers } from 'iex-function/tickers';

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

const documentation = read('docs/infrastructure.md');

/**
 * The blocks of a kind in a file as `terraform fmt` lays it out: each name with the block's text.
 */
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

  it('lets the deploying user grant only the roles that are on the project', () => {
    const [, roles = ''] = /hasOnly\(\[([^\]]+)\]\)/.exec(documentation) ?? [];
    const documented = [...roles.matchAll(/'(roles\/[^']+)'/g)].map(([, role]) => role);
    const grants = read('infrastructure/iam.tf').matchAll(
      /^resource "google_project_iam_member" .*?^ {2}role += "([^"]+)"/gms,
    );
    const granted = [...grants].map(([, role]) => role);
    expect(granted).not.to.have.length(0);
    expect(documented).to.have.members(granted);
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

  it('allows null only if it has a meaning', () => {
    const nullable = [...variables].filter(([, text]) => !/^ {2}nullable += false$/m.test(text));
    for (const [name, text] of nullable) {
      expect(attribute(text, 'default'), name).to.equal('null');
      expect(description(text), name).to.contain('null');
    }
  });

  it('accepts the log levels of the functions', () => {
    expect(listIn('log_level')).to.deep.equal([...LOG_LEVELS]);
  });

  it('names the quote sources of the functions', () => {
    const text = description(variables.get('quote_source') ?? '') ?? '';
    const names = text.replaceAll(/^Quote API: |\.$/g, '').split(/, | or /);
    expect(names).to.deep.equal(Object.keys(quoteSources));
    expect(Object.keys(JSON.parse(read('infrastructure/quote-sources.json')))).to.deep.equal(names);
  });

  it('accepts the symbols that the functions accept, and no others', () => {
    const [, source = ''] = /regex\(\s*"([^"]+)"/.exec(variables.get('symbols') ?? '') ?? [];
    // A string of HCL has the escapes of one of JSON.
    const list = new RegExp(JSON.parse(`"${source}"`));
    // A comma follows each symbol of the list; no symbol may contain one.
    const inTerraform = (symbol: string) => !symbol.includes(',') && list.test(`${symbol},`);
    const inFunctions = (symbol: string) => {
      // The valid one keeps the message from being rejected as a whole.
      const { tickers } = readTickers({ tickers: ['VALID', symbol] });
      return tickers.length === 2;
    };
    const characters = Array.from({ length: 0x100 }, (_, code) => String.fromCharCode(code));
    const symbols = [
      '',
      'A,B',
      ...characters,
      ...characters.map((character) => `A${character}`),
      ...[31, 32, 33].map((length) => 'A'.repeat(length)),
      ...['^GSPC', 'BRK.B', 'EUR/USD', 'SBIN:NSE', 'ES=F', '..', 'A\n', '\u{1F4C8}'],
    ];
    const differing = symbols.filter((symbol) => inTerraform(symbol) !== inFunctions(symbol));
    expect(differing).to.deep.equal([]);
    expect(inTerraform('^GSPC')).to.equal(true);
  });

  it('refuses the runtimes that Google has decommissioned', () => {
    const text = variables.get('function_runtime') ?? '';
    const runtimes = new RegExp(/regex\("([^"]+)"/.exec(text)?.[1] ?? '');
    const refused = [
      'nodejs16',
      'nodejs18',
      'nodejs20',
      'nodejs21',
      'nodejs23',
      'nodejs',
      'python312',
    ];
    expect(refused.filter((runtime) => runtimes.test(runtime))).to.deep.equal([]);
    const current = JSON.parse(attribute(text, 'default') ?? '');
    expect(current).to.equal('nodejs24');
    expect(['nodejs22', current].every((runtime) => runtimes.test(runtime))).to.equal(true);
  });
});
