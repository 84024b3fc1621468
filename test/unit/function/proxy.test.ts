import { expect } from 'chai';
import { isLoopback, ProxyError, proxyFor } from 'iex-function/proxy';

const VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'].flatMap((name) => [
  name,
  name.toLowerCase(),
]);
const PROXY = 'http://proxy.example:3128/';

describe('proxyFor', () => {
  let before: NodeJS.ProcessEnv;

  beforeEach(() => {
    before = { ...process.env };
    for (const name of VARIABLES) delete process.env[name];
  });

  afterEach(() => {
    for (const name of VARIABLES) delete process.env[name];
    Object.assign(process.env, before);
  });

  const proxyOf = (url: string, env: Record<string, string>) => {
    Object.assign(process.env, env);
    return proxyFor(new URL(url))?.href;
  };

  const cases: [url: string, env: Record<string, string>, proxied: boolean][] = [
    ['https://quotes.example/v1', {}, false],
    ['https://quotes.example/v1', { HTTPS_PROXY: PROXY }, true],
    ['https://quotes.example/v1', { https_proxy: PROXY }, true],
    ['https://quotes.example/v1', { ALL_PROXY: PROXY }, true],
    ['https://quotes.example/v1', { HTTP_PROXY: PROXY }, false],
    ['http://quotes.example/v1', { HTTP_PROXY: PROXY }, true],
    ['http://quotes.example/v1', { http_proxy: PROXY }, true],
    ['http://quotes.example/v1', { HTTPS_PROXY: PROXY }, false],
    ['http://quotes.example/v1', { HTTP_PROXY: 'proxy.example:3128' }, true],
    ['https://quotes.example/v1', { HTTPS_PROXY: '' }, false],
    ['https://quotes.example', { HTTPS_PROXY: PROXY, NO_PROXY: 'quotes.example' }, false],
    ['https://quotes.example', { HTTPS_PROXY: PROXY, no_proxy: 'a.b, QUOTES.example' }, false],
    ['https://quotes.example', { HTTPS_PROXY: PROXY, NO_PROXY: '*' }, false],
    ['https://api.quotes.example', { HTTPS_PROXY: PROXY, NO_PROXY: '.quotes.example' }, false],
    ['https://api.quotes.example', { HTTPS_PROXY: PROXY, NO_PROXY: '*.quotes.example' }, false],
    ['https://notquotes.example', { HTTPS_PROXY: PROXY, NO_PROXY: '.quotes.example' }, true],
    ['https://quotes.example:8443', { HTTPS_PROXY: PROXY, NO_PROXY: 'quotes.example:8443' }, false],
    ['https://quotes.example', { HTTPS_PROXY: PROXY, NO_PROXY: 'quotes.example:443' }, false],
    ['https://quotes.example', { HTTPS_PROXY: PROXY, NO_PROXY: 'quotes.example:8443' }, true],
    ['https://localhost:8080', { HTTPS_PROXY: PROXY, ALL_PROXY: PROXY }, false],
    ['http://127.0.0.1:8080', { HTTP_PROXY: PROXY }, false],
    ['http://[::1]:8080', { HTTP_PROXY: PROXY }, false],
  ];
  for (const [url, env, proxied] of cases) {
    it(`reaches ${url} ${proxied ? 'through the proxy' : 'directly'} with ${JSON.stringify(env)}`, () => {
      expect(proxyOf(url, env)).to.equal(proxied ? PROXY : undefined);
    });
  }

  for (const proxy of ['http://', 'socks5://proxy.example', 'http://a b', 'http://s3cret@:x']) {
    it(`refuses the proxy ${proxy} without repeating it`, () => {
      expect(() => proxyOf('https://quotes.example', { HTTPS_PROXY: proxy }))
        .to.throw(ProxyError, 'http://')
        .with.property('message')
        .that.does.not.contain(proxy.slice(7) || 'no part of it');
    });
  }
});

describe('isLoopback', () => {
  it('knows the names and addresses of this machine', () => {
    for (const host of ['localhost', 'LOCALHOST', 'localhost.', 'api.localhost', '127.0.0.1']) {
      expect(isLoopback(host), host).to.equal(true);
    }
    for (const host of ['127.9.8.7', '[::1]']) expect(isLoopback(host), host).to.equal(true);
    for (const host of ['127.0.0.1.example', 'notlocalhost', '128.0.0.1', '[::2]', '10.0.0.1']) {
      expect(isLoopback(host), host).to.equal(false);
    }
  });
});
