import { readdir, readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import type { DashboardState } from 'iex-dashboard/server/api';
import { type Dashboard, DashboardError } from 'iex-dashboard/server/server';
import { untilTrue } from 'iex-test/support/until';
import { DashboardFixture } from './fixture.js';

const PAGE = new URL('../../../packages/dashboard/dist/page/', import.meta.url);

describe("the dashboard's server", () => {
  let fixture: DashboardFixture;
  let dashboard: Dashboard;

  before(async () => {
    fixture = await DashboardFixture.open();
  });

  after(() => fixture?.close());

  beforeEach(async () => {
    await fixture.clear();
    await fixture.quotes([
      { symbol: 'AAPL', price: 100, time: Date.now() - 40_000 },
      { symbol: 'AAPL', price: 101, time: Date.now() - 30_000 },
      { symbol: 'NIO', price: 4, time: Date.now() - 30_000 },
    ]);
    dashboard = await fixture.start();
  });

  afterEach(() => dashboard.close());

  const get = (path: string, init?: RequestInit) => fetch(dashboard.url + path, init);

  describe('the page', () => {
    it('is served with its files, and with headers that forbid it to load anything else', async () => {
      const page = await get('/');
      const html = await page.text();
      expect(page.headers.get('content-type')).to.equal('text/html; charset=utf-8');
      expect(page.headers.get('content-security-policy')).to.include("default-src 'none'");
      expect(page.headers.get('x-content-type-options')).to.equal('nosniff');
      expect(html).to.not.match(/<script(?![^>]*\bsrc=)|<style|style=|\son\w+=/);
      for (const [, path = ''] of html.matchAll(/(?:src|href)="(\/[^"]*)"/g)) {
        expect((await get(path)).status, path).to.equal(200);
      }
    });

    it('is not sent again to a browser that has it', async () => {
      const etag = (await get('/main.js')).headers.get('etag') ?? '';
      const again = await get('/main.js', { headers: { 'If-None-Match': etag } });
      expect(again.status).to.equal(304);
      expect(await again.text()).to.equal('');
    });

    it('is smaller than 300 kB, compressed', async () => {
      const files = await Promise.all(
        (await readdir(PAGE)).map((name) => readFile(new URL(name, PAGE))),
      );
      const weight = files.reduce((sum, file) => sum + gzipSync(file).length, 0);
      expect(weight).to.be.greaterThan(1000).and.lessThan(300_000);
    });

    it('responds to HEAD without a body', async () => {
      const answer = await get('/', { method: 'HEAD' });
      expect(answer.status).to.equal(200);
      expect(await answer.text()).to.equal('');
    });
  });

  describe('requests that it refuses', () => {
    it('are those for another host name', async () => {
      const { port } = new URL(dashboard.url);
      const status = await new Promise<number | undefined>((resolve, reject) => {
        const headers = { Host: `rebound.example.com:${port}` };
        request({ host: '127.0.0.1', port, path: '/api/state', headers }, (response) => {
          response.resume();
          resolve(response.statusCode);
        })
          .on('error', reject)
          .end();
      });
      expect(status).to.equal(421);
    });

    it('are those of another origin, and those with another method', async () => {
      const foreign = await get('/api/state', { headers: { Origin: 'https://example.com' } });
      expect(foreign.status).to.equal(403);
      const post = await get('/api/state', { method: 'POST', body: '{}' });
      expect(post.status).to.equal(405);
      expect(post.headers.get('allow')).to.equal('GET, HEAD');
    });

    for (const [path, status, error] of [
      ['/nothing', 404, 'There is nothing at /nothing'],
      ['//', 404, 'There is nothing at //'],
      ['/api/nothing', 404, 'There is nothing at /api/nothing'],
      ['/..%2f..%2fpackage.json', 404, 'There is nothing at'],
      ['/api/window', 400, 'resolution must be one of 1, 5, 15'],
      ['/api/window?resolution=2', 400, 'resolution must be one of 1, 5, 15'],
      ['/api/prices?resolution=1', 400, 'symbol is missing'],
    ] as const) {
      it(`are those for ${path}, with ${status}`, async () => {
        const answer = await get(path);
        expect(answer.status).to.equal(status);
        expect(((await answer.json()) as { error: string }).error).to.include(error);
      });
    }
  });

  describe('the JSON endpoints', () => {
    it('/api/state has everything', async () => {
      const state = (await (await get('/api/state')).json()) as DashboardState;
      expect(state).to.include({ source: 'DuckDB test.duckdb', problem: null });
      expect(state.windows.map(({ resolutionMinutes }) => resolutionMinutes)).to.eql([1, 5, 15]);
      expect(state.trends.prices).to.have.keys('AAPL', 'NIO');
    });

    it('/api/window has the stocks of a resolution', async () => {
      const window = await (await get('/api/window?resolution=5')).json();
      expect(window).to.have.property('resolutionMinutes', 5);
      expect(window).to.have.nested.property('stocks[0].symbol', 'AAPL');
      expect(window).to.have.nested.property('stocks[0].percentageGain').that.is.closeTo(1, 1e-9);
    });

    it('/api/prices has the prices of a stock', async () => {
      const answer = await (await get('/api/prices?resolution=1&symbol=AAPL')).json();
      expect(answer).to.include({ symbol: 'AAPL', resolutionMinutes: 1 });
      expect(answer).to.have.nested.property('points[1].price', 101);
    });

    it('/api/health has age and lag', async () => {
      const health = await (await get('/api/health')).json();
      expect(health)
        .to.have.property('newestQuote')
        .that.is.closeTo(Date.now() - 30_000, 5_000);
      expect(health).to.have.property('newestWindowEnd').that.is.closeTo(Date.now(), 20_000);
    });
  });

  describe('a name that a proxy on this machine serves the page under', () => {
    const status = (host: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        const { port } = new URL(dashboard.url);
        request({ host: '127.0.0.1', port, path: '/', headers: { Host: host } }, (response) => {
          response.resume();
          resolve(response.statusCode);
        })
          .on('error', reject)
          .end();
      });

    it('is refused unless it is allowed', async () => {
      expect(await status('8080-shell.cloudshell.dev')).to.equal(421);
      await dashboard.close();
      dashboard = await fixture.start({ allowedHosts: ['*.cloudshell.dev'] });
      expect(await status('8080-shell.cloudshell.dev')).to.equal(200);
      expect(await status('8080-shell.cloudshell.dev.example.com')).to.equal(421);
      expect(await status('localhost')).to.equal(200);
    });
  });

  describe('the server-sent events', () => {
    it('reach a viewer through nginx immediately', async () => {
      const { body, headers } = await get('/api/events');
      expect(headers.get('x-accel-buffering')).to.equal('no');
      await body?.cancel();
    });

    it('begin with the state and continue with each new window', async () => {
      const viewer = await watch(dashboard);
      await untilTrue(() => viewer.names().length === 1);
      expect(viewer.names()).to.eql(['state']);
      expect(viewer.text()).to.match(/^retry: \d+\n\n/);

      await fixture.quotes([{ symbol: 'GME', price: 24, time: Date.now() - 20_000 }]);
      fixture.nextWindow();
      await untilTrue(() =>
        ['window', 'trends', 'health'].every((name) => viewer.names().includes(name)),
      );
      expect(viewer.text()).to.include('GME');
    });

    it('end when the server closes', async () => {
      const viewer = await watch(dashboard);
      await untilTrue(() => viewer.names().length === 1);
      await dashboard.close();
      await viewer.ended;
    });
  });

  it('does not listen on the addresses that other machines reach', async () => {
    const { port } = new URL(dashboard.url);
    const addresses = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ internal, family }) => !internal && family === 'IPv4');
    const reached = await Promise.all(
      ['127.0.0.1', ...addresses.map(({ address }) => address)].map((host) =>
        connects(host, Number(port)),
      ),
    );
    expect(reached).to.eql([true, ...addresses.map(() => false)]);
  });

  it('says in one line that its port is in use', async () => {
    const port = Number(new URL(dashboard.url).port);
    const error = await fixture.start({ port }).catch((error: Error) => error);
    expect(error).to.be.instanceOf(DashboardError);
    expect(error)
      .to.have.property('message')
      .that.equals(
        `Port ${port} is in use: stop what listens there, or choose another port with --port`,
      );
  });
});

/** Whether something listens at an address. */
function connects(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

/** Reads the server-sent events. */
async function watch(dashboard: Dashboard) {
  const response = await fetch(new URL('/api/events', dashboard.url));
  expect(response.headers.get('content-type')).to.equal('text/event-stream');
  let text = '';
  const decoder = new TextDecoder();
  const read = async () => {
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true });
    }
  };
  return {
    ended: read(),
    text: () => text,
    names: () => [...text.matchAll(/^event: (\w+)$/gm)].map(([, name]) => name),
  };
}
