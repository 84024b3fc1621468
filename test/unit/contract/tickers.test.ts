import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { TICKER_PATTERN } from 'iex-contract';
import { symbols } from 'iex-contract/infrastructure';

const VARIABLES = new URL('../../../infrastructure/variables.tf', import.meta.url);

describe('the rule for ticker symbols', () => {
  it("is the same in Terraform's variable", () => {
    const variable = /variable "symbols" \{[\s\S]*?\n\}/.exec(readFileSync(VARIABLES, 'utf8'))?.[0];
    const regex = /regex\(\s*(".*"),/.exec(variable ?? '')?.[1];
    // For a list of symbols, with a comma after each.
    const ofList = TICKER_PATTERN.source.replace(/^\^(.*)\$$/, '^($1,)*$');
    // A string of HCL escapes a backslash as JSON does.
    expect(JSON.parse(regex ?? 'null')).to.equal(ofList);
  });

  it('accepts the symbols that are followed by default', () => {
    for (const symbol of symbols) expect(symbol).to.match(TICKER_PATTERN);
  });

  it('accepts indexes, share classes, exchanges, futures and pairs', () => {
    for (const symbol of ['A', '^GSPC', 'BRK.B', 'BRK-B', 'SBIN:NSE', 'ES=F', 'EUR/USD', '9988']) {
      expect(TICKER_PATTERN.test(symbol), symbol).to.equal(true);
    }
  });

  it('refuses symbols that would change the meaning of a request, or are too long', () => {
    for (const symbol of ['', ' A', 'A B', 'A,B', '.', '../x', '/A', 'Ä', 'A\n', 'A'.repeat(33)]) {
      expect(TICKER_PATTERN.test(symbol), JSON.stringify(symbol)).to.equal(false);
    }
  });
});
