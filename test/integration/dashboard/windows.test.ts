import { expect } from 'chai';
import type { Dashboard } from 'iex-dashboard/server/server';
import type { Page } from 'playwright-core';
import { DashboardViewer, shows } from './browser.js';
import { DashboardFixture, threeStocks } from './fixture.js';

const SECOND = 1000;

/** One more than a browser has connections to a server (HTTP/1.1). */
const WINDOWS = 7;

describe("the dashboard's page in more windows than a browser has connections to a server", function () {
  this.timeout(60_000);

  let viewer: DashboardViewer;
  let fixture: DashboardFixture;
  let dashboard: Dashboard;
  let windows: Page[];
  /** The windows that opened a stream of events, in that order. */
  const streams: Page[] = [];

  before(async function () {
    viewer = await DashboardViewer.launch(this, () => dashboard);
    fixture = await DashboardFixture.open();
    await fixture.quotes(threeStocks(Date.now() - 40 * SECOND));
    dashboard = await fixture.start();
    const context = await viewer.context();
    windows = await Promise.all(
      Array.from({ length: WINDOWS }, async () => {
        const window = await viewer.page(context);
        window.on('request', (request) => {
          if (request.url().endsWith('/api/events')) streams.push(window);
        });
        await window.goto(dashboard.url);
        await shows(window, '#connection', 'Live');
        return window;
      }),
    );
  });

  afterEach(() => viewer.expectNoComplaints());

  after(async () => {
    await viewer?.close();
    await dashboard?.close();
    await fixture?.close();
  });

  const allShow = (some: readonly Page[], selector: string, content: string) =>
    Promise.all(some.map((window) => shows(window, selector, content)));

  it('reads one stream for all of them', async () => {
    await allShow(windows, 'tr[data-symbol=AAPL]', '230.00');
    expect(streams).to.have.length(1);

    await fixture.quotes([{ symbol: 'AAPL', price: 253, time: Date.now() - 25 * SECOND }]);
    fixture.nextWindow();
    await allShow(windows, 'tr[data-symbol=AAPL]', '253.00');
    expect(streams).to.have.length(1);
  });

  it('shows in all of them that the server is gone, and that it is back', async () => {
    await dashboard.close();
    await allShow(windows, '#connection', 'Reconnecting');
    dashboard = await fixture.start({ port: Number(new URL(dashboard.url).port) });
    await allShow(windows, '#connection', 'Live');
    viewer.forgiveFailedConnections();
  });

  it('continues at once in another window when the one that reads is closed', async () => {
    const leader = streams.at(-1);
    const others = windows.filter((window) => window !== leader);
    streams.length = 0;
    await leader?.close();
    await fixture.quotes([{ symbol: 'GME', price: 24, time: Date.now() - 25 * SECOND }]);
    fixture.nextWindow();
    await allShow(others, 'tr[data-symbol=GME]', '24.00');
    expect(streams).to.have.length(1);
  });
});
