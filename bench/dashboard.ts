import { newestClosedWindowEnd, WINDOW_PERIOD_MS } from 'iex-contract';
import type {
  MarketData,
  StockWindow,
  Trends,
  WindowStock,
} from 'iex-dashboard/market-data/market-data';
import { startDashboard } from 'iex-dashboard/server/server';
import { type Browser, type CDPSession, chromium, type Page } from 'playwright-core';

const CHROMIUM = '/usr/bin/chromium';
const SYMBOLS = 1000;
const WINDOWS = 30;
/** A frame at 60 Hz: an event that takes longer to handle may be noticeable. */
const FRAME_MS = 16;

/**
 * The metrics of `Performance.getMetrics` of the DevTools protocol, without painting, which may
 * have its own thread.
 */
const WORK_METRICS = ['ScriptDuration', 'RecalcStyleDuration', 'LayoutDuration'];

/**
 * Measures what the dashboard's page costs the browser's main thread while a thousand stocks change
 * with each window.
 */
export async function benchDashboard(): Promise<void> {
  let ahead = 0;
  const now = () => Date.now() + ahead;
  const dashboard = await startDashboard({
    marketData: randomMarketData(now),
    source: 'random prices',
    resolutions: [1, 5, 15],
    port: 0,
    settleMs: 0,
    now,
  });
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  });
  try {
    const page = await openPage(browser, dashboard.url);
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('Performance.enable');
    const before = await workTime(devtools);
    for (let window = 1; window <= WINDOWS; window++) {
      ahead += WINDOW_PERIOD_MS;
      while ((await handled(page, 'health')) < window) await page.waitForTimeout(100);
    }
    const perWindow = ((await workTime(devtools)) - before) / WINDOWS;
    report(await page.evaluate('eventTimes'), perWindow);
  } finally {
    await browser.close();
    await dashboard.close();
  }
}

/** Opens the page, and measures how long it takes to handle each server-sent event. */
async function openPage(browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
  await page.addInitScript(`
    globalThis.eventTimes = [];
    const { addEventListener } = EventSource.prototype;
    EventSource.prototype.addEventListener = function (name, listener) {
      addEventListener.call(this, name, (event) => {
        const start = performance.now();
        listener(event);
        // Style and layout are part of the cost: reading a size forces them now.
        document.body.offsetHeight;
        eventTimes.push({ name, ms: performance.now() - start });
      });
    };
  `);
  await page.goto(url);
  await page.waitForSelector('tr[data-symbol]');
  await page.evaluate('eventTimes.length = 0');
  return page;
}

/** How many events of a name the page has handled. */
function handled(page: Page, name: string): Promise<number> {
  return page.evaluate(`eventTimes.filter((time) => time.name === '${name}').length`);
}

/** The time that the page's main thread has spent on script, style and layout, in milliseconds. */
async function workTime(devtools: CDPSession): Promise<number> {
  const { metrics } = await devtools.send('Performance.getMetrics');
  const seconds = metrics
    .filter(({ name }) => WORK_METRICS.includes(name))
    .reduce((sum, { value }) => sum + value, 0);
  return 1000 * seconds;
}

function report(times: { name: string; ms: number }[], perWindow: number): void {
  console.log(`Dashboard, ${SYMBOLS} symbols, ${WINDOWS} windows, main thread of the browser:`);
  for (const name of new Set(times.map((time) => time.name))) {
    const sorted = times
      .filter((time) => time.name === name)
      .map(({ ms }) => ms)
      .sort((a, b) => a - b);
    const quantile = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
    const figures = `p50 ${quantile(0.5).toFixed(1)} ms, p95 ${quantile(0.95).toFixed(1)} ms`;
    const over = sorted.filter((ms) => ms >= FRAME_MS).length;
    console.log(
      `  event ${name.padEnd(6)} ${figures}, ${over} of ${sorted.length} over ${FRAME_MS} ms`,
    );
  }
  console.log(`  all events of a window: ${perWindow.toFixed(1)} ms of script, style and layout`);
}

/** Prices that change with each window. */
function randomMarketData(now: () => number): MarketData {
  const symbols = Array.from({ length: SYMBOLS }, (_, i) => `S${String(i).padStart(4, '0')}`);
  const stock = (symbol: string, i: number): WindowStock => {
    const price = 10 + 500 * Math.random();
    const ranked = i < 3;
    return {
      symbol,
      price,
      percentageGain: 2 * Math.random() - 1,
      meanPrice: ranked ? price : null,
      rank: ranked ? i + 1 : null,
      previousRank: ranked ? 3 - i : null,
    };
  };
  return {
    latestRanking: async () => undefined,
    latestWindow: async (resolutionMinutes): Promise<StockWindow> => ({
      resolutionMinutes,
      windowEnd: newestClosedWindowEnd(now()),
      stocks: symbols.map(stock),
    }),
    trends: async (_resolution, windowEnd): Promise<Trends> => {
      const times = Array.from({ length: 31 }, (_, i) => windowEnd - 30_000 * (30 - i));
      const line = () => times.map(() => Number((10 + 500 * Math.random()).toFixed(2)));
      return { times, prices: Object.fromEntries(symbols.map((symbol) => [symbol, line()])) };
    },
    prices: async (_resolution, _symbol, since) =>
      Array.from({ length: 72 }, (_, i) => ({ time: since + 10_000 * i, price: Math.random() })),
    activity: async (_resolution, windowEnd) => ({
      newestQuote: windowEnd,
      quotesInWindow: 6 * SYMBOLS,
    }),
    deadLetters: async () => ({ lastDay: 0, lastHour: 0, newest: [] }),
    close: () => undefined,
  };
}
