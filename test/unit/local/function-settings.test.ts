import { expect } from 'chai';
import { functionSettings } from 'iex-local/function-settings';

describe('functionSettings', () => {
  const shell = { HTTPS_PROXY: 'http://proxy:1', QUOTE_API_TOKEN: 'other', QUOTE_SOURCE: 'tiingo' };
  const options = { symbols: ['AAPL'], quoteSource: 'iex', shell };
  const LOCAL = 'http://127.0.0.1:1';

  it('puts several symbols into a message if there are many', () => {
    const ofMany = (count: number) =>
      functionSettings({ ...options, symbols: Array(count).fill('A') }, LOCAL).fanOut;
    expect(ofMany(100)).to.include({ TICKERS_PER_MESSAGE: '1' });
    expect(ofMany(101)).to.include({ TICKERS_PER_MESSAGE: '2' });
  });

  it('leads to the simulator with its own token, and without a proxy', () => {
    const { iexApi } = functionSettings(options, LOCAL);
    expect(iexApi).to.include({ QUOTE_SOURCE: 'iex', QUOTE_API_URL: LOCAL });
    expect(iexApi.QUOTE_API_TOKEN).to.match(/./).and.not.equal('other');
    expect(iexApi).not.to.have.property('HTTPS_PROXY');
  });

  it('leads to a real API through the proxy, with only the token in the file', () => {
    const quoteUrl = 'https://quotes.example.com';
    const { iexApi } = functionSettings({ ...options, quoteUrl, quoteTokenFile: '/t' }, quoteUrl);
    expect(iexApi).to.include({
      QUOTE_API_URL: quoteUrl,
      QUOTE_API_TOKEN_FILE: '/t',
      HTTPS_PROXY: 'http://proxy:1',
    });
    expect(iexApi.QUOTE_API_TOKEN).to.equal(undefined);
  });
});
