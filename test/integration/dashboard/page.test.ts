import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import axe from 'axe-core';
import { expect } from 'chai';
import { newestClosedWindowEnd } from 'iex-contract';
import type { Dashboard } from 'iex-dashboard/server/server';
import type { Page, PageScreenshotOptions } from 'playwright-core';
import { DashboardViewer, shows as pageShows } from './browser.js';
import { DashboardFixture, type FixtureQuote, threeStocks } from './fixture.js';

const SCREENSHOTS = fileURLToPath(new URL('../../screenshots/', import.meta.url));
const SIZES = [
  { width: 360, height: 780 },
  { width: 1280, height: 860 },
  { width: 1920, height: 1080 },
];
const SCHEMES = ['light', 'dark'] as const;

const SECOND = 1000;
const MINUTE = 60 * SECOND;

describe("the dashboard's page", function () {
  this.timeout(120_000);

  let viewer: DashboardViewer;
  let fixture: DashboardFixture;
  let dashboard: Dashboard;
  let page: Page;

  before(async function () {
    viewer = await DashboardViewer.launch(this, () => dashboard);
    fixture = await DashboardFixture.open();
    await mkdir(SCREENSHOTS, { recursive: true });
  });

  after(async () => {
    await viewer?.close();
    await fixture?.close();
  });

  beforeEach(async () => {
    await fixture.clear();
    dashboard = await fixture.start();
    page = await viewer.page(await viewer.context());
  });

  afterEach(async () => {
    await page.context().close();
    await dashboard.close();
    viewer.expectNoComplaints();
  });

  const text = (selector: string) => page.locator(selector).textContent();
  const shows = (selector: string, content: string | RegExp) => pageShows(page, selector, content);

  it('says that there is no data yet, and shows the first window when it has closed', async () => {
    await page.goto(dashboard.url);
    await shows('#banners', 'No data yet.');
    await shows('.card >> nth=0', 'No window has closed yet.');

    await fixture.quotes(threeStocks(Date.now() - 30 * SECOND));
    fixture.nextWindow();
    await shows('.card >> nth=2', 'MSFT');
    await shows('.card >> nth=0', 'MSFT');
    expect(await text('.card >> nth=0'))
      .to.include('MSFT')
      .and.include('410.00');
    expect(await text('#banners')).to.equal('');
    await shows('#detail-title', 'MSFT');
    await shows('#count', '3 stocks');
  });

  it('shows the change that a new window brings', async () => {
    await fixture.quotes(threeStocks(Date.now() - 40 * SECOND));
    await page.goto(dashboard.url);
    await shows('tr[data-symbol=AAPL]', '230.00');

    await fixture.quotes([{ symbol: 'AAPL', price: 253, time: Date.now() - 25 * SECOND }]);
    fixture.nextWindow();
    await shows('tr[data-symbol=AAPL]', '253.00');
    await shows('tr[data-symbol=AAPL]', '▲ +10.00');
    await page.click('tr[data-symbol=AAPL]');
    await shows('#figures', '253.00');
  });

  it('accepts any text as a symbol, even the name of a property of every object', async () => {
    await fixture.quotes(threeStocks(Date.now() - 40 * SECOND));
    await page.goto(dashboard.url);
    await shows('tr[data-symbol=AAPL]', '230.00');

    // A new one is in the window before it is in the trends.
    const time = Date.now() - 25 * SECOND;
    const symbols = [
      'toString',
      '__proto__',
      '<b>"&amp;',
      'a very long name of some stock or other',
    ];
    await fixture.quotes(symbols.map((symbol) => ({ symbol, price: 7, time })));
    fixture.nextWindow();
    await shows('#count', '7 stocks');
    await shows('tr[data-symbol=toString]', '7.00');
    for (const symbol of symbols) {
      await page.click(`tr >> text="${symbol}"`);
      await shows('#detail-title', symbol);
    }
  });

  it('shows how the rank changed since the previous window', async () => {
    const end = newestClosedWindowEnd(Date.now());
    await fixture.quotes([
      { symbol: 'A', price: 100, time: end - 15 * SECOND },
      { symbol: 'B', price: 200, time: end - 15 * SECOND },
      { symbol: 'A', price: 900, time: end - 5 * SECOND },
      { symbol: 'C', price: 150, time: end - 5 * SECOND },
    ]);
    await dashboard.close();
    // The next window would have another window before it.
    dashboard = await fixture.start({}, () => end + 1);
    await page.goto(dashboard.url);
    await shows('.card >> nth=0', 'A');
    const [first, second, third] = await page.locator('.card >> nth=0 >> li').allTextContents();
    expect(first).to.match(/^1A500\.00.*rank up 1$/);
    expect(second).to.match(/^2B200\.00.*rank down 1$/);
    expect(third).to.match(/^3C150\.00.*rank new in the top three$/);
  });

  it('shows the health of the pipeline, and dead letters with their reasons', async () => {
    await fixture.quotes(threeStocks(Date.now() - 20 * SECOND));
    await page.goto(dashboard.url);
    await shows('#health li >> nth=2', /2\d s ago/);
    await shows('#health li[data-level=good] >> nth=-1', 'Dead letters');

    await fixture.messages(['{"symbol": "AAPL", "latest_price": "<b>n/a</b>"}']);
    fixture.nextWindow();
    await shows('#health li[data-level=warning]', 'Dead letters');
    await page.click('text=Show');
    await shows('dialog[open] li', 'latest_price');
    expect(await text('dialog pre')).to.equal('{"symbol": "AAPL", "latest_price": "<b>n/a</b>"}');
    await fixture.messages(['\u202E[]', '\u202E[]']);
    fixture.nextWindow();
    await shows('dialog li', '2 times');
    expect(await text('dialog li >> nth=0 >> pre')).to.equal('\\u{202E}[]');
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'hidden' });
  });

  it('says that its data is stale when no more windows close', async () => {
    await fixture.quotes(threeStocks(Date.now() - 60 * MINUTE));
    await page.goto(dashboard.url);
    await shows('#banners', /Stale\. No window with quotes has closed for 4\d min/);
    await shows('#health li[data-level=critical]', 'Newest window');
    await shows('tr[data-symbol=AAPL]', '230.00');
  });

  it('says when it is disconnected, and continues when the server is back', async () => {
    await fixture.quotes(threeStocks(Date.now() - 30 * SECOND));
    await page.goto(dashboard.url);
    await shows('#connection', 'Live');

    await dashboard.close();
    await shows('#banners', 'Disconnected.');
    await shows('#connection', 'Reconnecting');
    await fixture.quotes([{ symbol: 'GME', price: 24, time: Date.now() - 20 * SECOND }]);
    dashboard = await fixture.start({ port: Number(new URL(dashboard.url).port) });
    await shows('#connection', 'Live');
    await shows('tr[data-symbol=GME]', '24.00');
    expect(await text('#banners')).to.equal('');
    viewer.forgiveFailedConnections();
  });

  it('connects again after a proxy has responded that the server is away', async () => {
    await fixture.quotes(threeStocks(Date.now() - 40 * SECOND));
    await page.route('**/api/events', (route) => route.fulfill({ status: 502 }), { times: 1 });
    await page.goto(dashboard.url);
    await fixture.quotes([{ symbol: 'GME', price: 24, time: Date.now() - 25 * SECOND }]);
    fixture.nextWindow();
    await shows('tr[data-symbol=GME]', '24.00');
    await shows('#connection', 'Live');
    viewer.forgiveFailedConnections();
  });

  it('receives no data while its tab is hidden', async () => {
    await fixture.quotes(threeStocks(Date.now() - 30 * SECOND));
    await page.goto(dashboard.url);
    await shows('#connection', 'Live');
    // Headless tabs are never hidden by the browser itself.
    const setHidden = (hidden: boolean) =>
      page.evaluate(`
        Object.defineProperty(document, 'hidden', { value: ${hidden}, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
      `);
    await setHidden(true);
    await shows('#connection', 'Paused');
    await setHidden(false);
    await shows('#connection', 'Live');
  });

  const quoteAge = async () =>
    Number(/(\d+) s ago/.exec((await text('#health li >> nth=2')) ?? '')?.[1]);

  for (const [name, shift] of [
    ['two minutes ahead', 2 * MINUTE],
    ['two minutes behind', -2 * MINUTE],
    ['a day behind', -24 * 60 * MINUTE],
  ] as const) {
    it(`shows ages by the server's clock if the viewer's is ${name}`, async () => {
      await fixture.quotes(threeStocks(Date.now() - 24 * SECOND));
      await page.clock.setSystemTime(Date.now() + shift);
      await page.goto(dashboard.url);
      await shows('#health li >> nth=2', /[2-5]\d s ago/);
      const age = await quoteAge();
      // It grows between the server's messages, and no date is shown next to the times of today.
      await page
        .locator('#health li >> nth=2')
        .filter({ hasNotText: `${age} s ago` })
        .waitFor();
      expect(await quoteAge())
        .to.be.greaterThan(age)
        .and.lessThan(60);
      await shows('#health li >> nth=3', /^Newest window\d+ s ago/);
      expect(await text('#banners')).to.equal('');
      expect(await text('#health li >> nth=2')).to.match(/at \d\d:\d\d:\d\d$/);
    });
  }

  it('says why no quotes arrive, until they do', async () => {
    let notice: string | null = 'The quote API is unreachable <b>(ECONNREFUSED)</b>.';
    const throughput = { quotesPerSecond: 0, rowsPerSecond: 0, quotes: 0, rows: 0 };
    await dashboard.close();
    dashboard = await fixture.start({
      health: { health: () => ({ ...throughput, notice }) },
      healthIntervalMs: 100,
    });
    await page.goto(dashboard.url);
    await shows('#banners', `No quotes. ${notice}`);
    notice = null;
    await shows('#banners', /^No data yet\./);
    expect(await text('#banners')).to.not.include('No quotes.');
  });

  it('can be used by keyboard', async () => {
    await fixture.quotes(threeStocks(Date.now() - 30 * SECOND));
    await page.goto(dashboard.url);
    await shows('tr.chosen', 'MSFT');

    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/#symbol=MSFT');
    expect(await page.evaluate('document.activeElement.id')).to.equal('stocks');
    // Past the filter and the columns' headings into the table, in which the arrow keys move.
    await page.focus('#filter');
    for (const key of ['Tab', 'Tab', 'Tab', 'Tab', 'Tab', 'Tab', 'Home', 'Enter']) {
      await page.keyboard.press(key);
    }
    await shows('tr.chosen', 'AAPL');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Space');
    await shows('tr.chosen', 'NIO');
    await shows('#detail-title', 'NIO');

    await page.focus('#resolutions input:checked');
    await page.keyboard.press('ArrowRight');
    await shows('#detail-window', 'Shaded: 5 min');
    expect(page.url()).to.include('#symbol=NIO&resolution=5');
  });

  it('keeps the focus on a row that a new window moves', async () => {
    await fixture.quotes(threeStocks(Date.now() - 40 * SECOND));
    await page.goto(dashboard.url);
    await page.click('#columns button:has-text("Price")');
    await shows('#rows tr[data-symbol] >> nth=0', 'MSFT');
    await page.focus('tr[data-symbol=NIO] button');

    const time = Date.now() - 25 * SECOND;
    await fixture.quotes([
      { symbol: 'NIO', price: 900, time },
      { symbol: 'AAPL', price: 800, time },
    ]);
    fixture.nextWindow();
    await shows('#rows tr[data-symbol] >> nth=0', 'NIO');
    expect(await page.evaluate('document.activeElement.textContent')).to.equal('NIO');
    await page.keyboard.press('ArrowDown');
    expect(await page.evaluate('document.activeElement.textContent')).to.equal('AAPL');
  });

  it('shows the stock that was chosen last, whichever prices come first', async () => {
    await fixture.quotes(threeStocks(Date.now() - 30 * SECOND));
    let respond = () => {};
    const held = new Promise<void>((resolve) => {
      respond = resolve;
    });
    await page.route(/prices.*symbol=AAPL/, async (route) => {
      await held;
      await route.continue();
    });
    await page.goto(dashboard.url);
    await shows('#detail-title', 'MSFT');
    await page.click('tr[data-symbol=AAPL]');
    await page.click('tr[data-symbol=NIO]');
    await shows('#detail-title', 'NIO');
    const late = page.waitForEvent('requestfinished', (request) => /AAPL/.test(request.url()));
    respond();
    await late;
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => setTimeout(done)))');
    expect(await text('#detail-title')).to.equal('NIO');
  });

  it('shows the stock and the resolution of its address', async () => {
    await fixture.quotes(threeStocks(Date.now() - 30 * SECOND));
    await page.goto(`${dashboard.url}/#symbol=AAPL&resolution=15`);
    await shows('#detail-title', 'AAPL');
    await shows('#detail-window', 'Shaded: 15 min');
    await page.goto(`${dashboard.url}/#symbol=NIO&resolution=5`);
    await shows('#detail-title', 'NIO');
    await shows('#detail-window', 'Shaded: 5 min');
  });

  it('keeps the rows of a thousand stocks out of the document until they are in view', async () => {
    const time = Date.now() - 30 * SECOND;
    await fixture.quotes(
      Array.from({ length: 1000 }, (_, i) => ({ symbol: `S${i}`, price: 10 + i, time })),
    );
    await page.goto(dashboard.url);
    await shows('#count', '1,000 stocks');
    expect(await page.locator('tr[data-symbol]').count()).to.be.lessThan(40);

    // One that is chosen in the ranking is scrolled to; another order begins with its first row.
    await page.click('.card button:has-text("S999")');
    await shows('tr[data-symbol=S999]', '1,009.00');
    await page.click('#columns button:has-text("Price")');
    await shows('#rows tr[data-symbol] >> nth=0', 'S999');
    await page.click('#columns button:has-text("Symbol")');

    await page.focus('tr[data-symbol=S0] button');
    const focused = () => page.evaluate('document.activeElement.textContent');
    await page.keyboard.press('PageDown');
    expect(await focused()).to.match(/^S([4-9]|[1-4]\d)$/);
    await page.keyboard.press('PageUp');
    expect(await focused()).to.equal('S0');
    await page.keyboard.press('End');
    await shows('tr[data-symbol=S999]', '1,009.00');
    expect(await page.locator('tr[data-symbol=S999]').getAttribute('aria-rowindex')).to.equal(
      '1001',
    );
    expect(await page.locator('tr[data-symbol]').count()).to.be.lessThan(40);

    await page.click('#columns button:has-text("Price")');
    await page.fill('#filter', 's99');
    await shows('#count', '11 of 1,000 stocks');
    expect((await page.locator('tr[data-symbol]').allInnerTexts())[0]).to.include('S999');
  });

  it('passes axe with an hour of quotes, and leaves screenshots for people (test/screenshots)', async () => {
    await fixture.quotes(anHour());
    await fixture.messages(['{"symbol": "AAPL", "latest_price": "n/a"}', '{"symbol": "GME"']);
    for (const viewport of SIZES) {
      await page.setViewportSize(viewport);
      await page.goto(`${dashboard.url}/#resolution=5`);
      await shows('#figures', 'Quotes');
      expect(await page.evaluate('document.documentElement.scrollWidth')).to.equal(viewport.width);
      await inspect(`dashboard-${viewport.width}`, { fullPage: true });
    }
    await page.click('text=Show');
    await inspect('dead-letters-1920');
  });

  it('passes axe when empty or stale', async () => {
    await page.goto(dashboard.url);
    await shows('#banners', 'No data yet.');
    await inspect('empty-1280');

    await fixture.quotes(threeStocks(Date.now() - 60 * MINUTE));
    fixture.nextWindow();
    await shows('#banners', 'Stale.');
    await inspect('stale-1280');
  });

  /** Expects that axe finds nothing serious in either colour scheme, and takes screenshots. */
  async function inspect(name: string, options: PageScreenshotOptions = {}): Promise<void> {
    for (const scheme of SCHEMES) {
      await page.emulateMedia({ colorScheme: scheme });
      expect(await seriousViolations(page), `${name}, ${scheme}`).to.eql([]);
      await page.screenshot({ path: `${SCREENSHOTS}${name}-${scheme}.png`, ...options });
    }
  }
});

/** An hour of quotes of ten stocks until now, the same at each run except for their times. */
function anHour(): FixtureQuote[] {
  const prices: Record<string, number> = {
    AAPL: 238.4,
    AMC: 0.87,
    AMZN: 212.9,
    BBBY: 6.02,
    FSLR: 187.5,
    GME: 24.2,
    GOOG: 236.3,
    MSFT: 415.6,
    NIO: 4.71,
    TSLA: 352.1,
  };
  let seed = 1;
  // A linear congruential generator, with the constants of C's reference implementation.
  const random = () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return seed / 2 ** 31;
  };
  const now = Date.now();
  const quotes: FixtureQuote[] = [];
  for (let time = now - 60 * MINUTE; time <= now; time += 10 * SECOND) {
    for (const symbol of Object.keys(prices)) {
      const price = (prices[symbol] ?? 1) * (1 + 0.0016 * (random() - 0.5));
      prices[symbol] = price;
      quotes.push({ symbol, price: Number(price.toFixed(price < 1 ? 4 : 2)), time });
    }
  }
  return quotes;
}

/**
 * Serious findings of axe:
 * https://github.com/dequelabs/axe-core/blob/develop/doc/rule-descriptions.md
 */
async function seriousViolations(page: Page): Promise<string[]> {
  // With the debugger, because the page's policy allows no injected script.
  if (!(await page.evaluate("'axe' in window"))) await page.evaluate(axe.source);
  // Reduced in the page, because it takes seconds to pass on everything that axe has found.
  return await page.evaluate(`axe.run({ resultTypes: ['violations'] }).then(({ violations }) =>
    violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ': ' + html)))`);
}
