import { expect } from 'chai';
import { UsageError } from 'iex-cli/errors';
import { readAllowedHosts } from 'iex-dashboard/server/allowed-hosts';

describe('the flag --allow-host', () => {
  it('accepts names and patterns', () => {
    const hosts = ['example.com', '*.cloudshell.dev', 'shell', 'a-b.c', '10.0.0.1'];
    expect(readAllowedHosts(hosts)).to.eql(hosts);
  });

  for (const host of ['', '*', '*.', '*.*.com', 'a:80', 'http://a', 'a/b', '-a', 'a..b', '.a']) {
    it(`refuses '${host}'`, () => {
      expect(() => readAllowedHosts(['example.com', host])).to.throw(UsageError, `'${host}'`);
    });
  }
});
