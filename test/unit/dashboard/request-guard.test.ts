import type { IncomingMessage } from 'node:http';
import { expect } from 'chai';
import { refusal, SECURITY_HEADERS } from 'iex-dashboard/server/request-guard';

function statusOf(
  headers: Record<string, string>,
  method = 'GET',
  allowedHosts: string[] = [],
): number | undefined {
  return refusal({ method, headers } as IncomingMessage, allowedHosts)?.status;
}

describe('the request guard', () => {
  for (const host of ['localhost:8080', 'LOCALHOST', '127.0.0.1:8080', '[::1]:8080']) {
    it(`serves the host ${host}`, () => {
      expect(statusOf({ host })).to.equal(undefined);
      expect(statusOf({ host, origin: `http://${host}` })).to.equal(undefined);
    });
  }

  for (const host of [
    '',
    'example.com',
    'example.com:8080',
    'localhost.example.com',
    '127.0.0.1.example.com',
    '10.0.0.1:8080',
    'localhost@example.com',
    'localhost:8080:8080',
  ]) {
    it(`refuses the host '${host}'`, () => {
      expect(statusOf({ host })).to.equal(421);
    });
  }

  for (const origin of [
    'null',
    'https://localhost:8080',
    'http://localhost:9999',
    'http://example.com',
    'http://127.0.0.1:8080',
  ]) {
    it(`refuses the origin ${origin}`, () => {
      expect(statusOf({ host: 'localhost:8080', origin })).to.equal(403);
    });
  }

  describe('with allowed hosts', () => {
    const status = (headers: Record<string, string>, ...allowed: string[]) =>
      statusOf(headers, 'GET', allowed);

    it('serves them on any port and in any case, and loopback as before', () => {
      for (const host of ['stocks.example.com', 'Stocks.Example.com:8080', 'localhost:8080']) {
        expect(status({ host }, 'stocks.example.com'), host).to.equal(undefined);
      }
    });

    it('refuses names that only contain or end with an allowed one', () => {
      for (const host of ['example.com', 'a.stocks.example.com', 'evilstocks.example.com', '']) {
        expect(status({ host }, 'stocks.example.com'), host).to.equal(421);
      }
    });

    it('serves all names below a pattern, but not the name itself', () => {
      expect(status({ host: 'a.b.example.com' }, '*.example.com')).to.equal(undefined);
      expect(status({ host: 'example.com' }, '*.example.com')).to.equal(421);
      expect(status({ host: 'badexample.com' }, '*.example.com')).to.equal(421);
    });

    it('serves the origin of a proxy that adds encryption, even if it rewrites the Host header', () => {
      const origin = 'https://x-8080.app.github.dev';
      expect(status({ host: 'localhost:8080', origin }, '*.app.github.dev')).to.equal(undefined);
      expect(status({ host: 'x-8080.app.github.dev', origin }, '*.app.github.dev')).to.equal(
        undefined,
      );
      expect(status({ host: 'localhost:8080', origin })).to.equal(403);
      const foreign = 'https://example.com';
      expect(status({ host: 'localhost:8080', origin: foreign }, '*.app.github.dev')).to.equal(403);
    });

    it('still refuses other sites', () => {
      const headers = { host: 'a.example.com', 'sec-fetch-site': 'cross-site' };
      expect(status(headers, 'a.example.com')).to.equal(403);
    });
  });

  // To a browser, another port of the same host is the same site.
  for (const site of ['cross-site', 'same-site']) {
    it(`refuses requests of a ${site} page, but not a link on it`, () => {
      const headers = { host: 'localhost:8080', 'sec-fetch-site': site };
      expect(statusOf({ ...headers, 'sec-fetch-mode': 'no-cors' })).to.equal(403);
      expect(statusOf({ ...headers, 'sec-fetch-mode': 'navigate' })).to.equal(undefined);
    });
  }

  for (const site of ['same-origin', 'none']) {
    it(`serves a request that the browser calls ${site}`, () => {
      expect(statusOf({ host: 'localhost:8080', 'sec-fetch-site': site })).to.equal(undefined);
    });
  }

  it('serves GET and HEAD only', () => {
    const headers = { host: 'localhost' };
    expect(statusOf(headers, 'HEAD')).to.equal(undefined);
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      expect(statusOf(headers, method), method).to.equal(405);
    }
  });

  it('allows no inline script or style and nothing from elsewhere', () => {
    const policy = SECURITY_HEADERS['Content-Security-Policy'];
    expect(policy).to.include("default-src 'none'");
    expect(policy).to.not.match(/unsafe|data:|\*|http/);
  });
});
