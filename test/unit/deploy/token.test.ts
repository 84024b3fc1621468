import { expect } from 'chai';
import { OperationalError } from 'iex-cli';
import { checkToken } from 'iex-deploy/src/token';

describe('the token of a quote API', () => {
  for (const [source, token] of [
    ['alpaca', 'KEY:SECRET'],
    ['finnhub', 'abc'],
    ['tiingo', 'a:b:c'],
  ] as const) {
    it(`of ${source} may be ${token}`, () => expect(checkToken(source, token)).to.equal(token));
  }

  for (const [source, token, message] of [
    ['alpaca', 'KEY', 'KEY:SECRET'],
    ['alpaca', 'KEY:', 'KEY:SECRET'],
    ['alpaca', 'a:b:c', 'KEY:SECRET'],
    ['finnhub', '', 'one word'],
    ['finnhub', 'two words', 'one word'],
    ['finnhub', 'schlüssel', 'printable ASCII'],
  ] as const) {
    it(`of ${source} may not be '${token}', and the error does not show it`, () => {
      expect(() => checkToken(source, token))
        .to.throw(OperationalError, message)
        .with.property('message')
        .that.satisfies((text: string) => !token || !text.includes(`'${token}'`));
    });
  }
});
