import { existsSync } from 'node:fs';
import { expect } from 'chai';
import type { Dashboard } from 'iex-dashboard/server/server';
import { skipSuite } from 'iex-test/support/skip';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

/** Debian's; the headless shell has no windows, and needs half the CPU time. */
const BROWSERS = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'];
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Two hidden pages for the address bar of each window need as much CPU time as the dashboard.
  '--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup',
];

/** A browser that looks at a dashboard, and collects what is wrong. */
export class DashboardViewer {
  readonly #browser: Browser;
  readonly #dashboard: () => Dashboard;
  /** Errors that pages logged, and requests that they sent to other servers than the dashboard. */
  #complaints: string[] = [];

  private constructor(browser: Browser, dashboard: () => Dashboard) {
    this.#browser = browser;
    this.#dashboard = dashboard;
  }

  /**
   * Launches the browser, or skips the suite if this machine has none.
   *
   * @param suite the context of the suite's `before` hook
   * @param dashboard returns the one that the pages may send requests to
   */
  static async launch(suite: Mocha.Context, dashboard: () => Dashboard): Promise<DashboardViewer> {
    const executablePath = BROWSERS.find(existsSync);
    if (!executablePath) {
      if (process.env.CI) throw new Error(`CI has none of ${BROWSERS.join(', ')}`);
      skipSuite(suite, `this machine has none of ${BROWSERS.join(', ')}`);
    }
    return new DashboardViewer(await chromium.launch({ executablePath, args: FLAGS }), dashboard);
  }

  /** Pages of one context share what the windows of a user's browser share. */
  context(): Promise<BrowserContext> {
    return this.#browser.newContext({ viewport: { width: 1280, height: 860 } });
  }

  async page(context: BrowserContext): Promise<Page> {
    const page = await context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') this.#complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.#complaints.push(String(error)));
    page.on('request', (request) => {
      if (!request.url().startsWith(this.#dashboard().url)) this.#complaints.push(request.url());
    });
    return page;
  }

  /** The browser itself logs each attempt to connect that fails. */
  forgiveFailedConnections(): void {
    this.#complaints = this.#complaints.filter(
      (complaint) => !/net::ERR_|status of 502/.test(complaint),
    );
  }

  /** Fails if a page has done anything wrong since the last time. */
  expectNoComplaints(): void {
    expect(this.#complaints.splice(0)).to.eql([]);
  }

  close(): Promise<void> {
    return this.#browser.close();
  }
}

/** Waits until an element that a selector finds shows a text. */
export function shows(page: Page, selector: string, content: string | RegExp): Promise<void> {
  return page.locator(selector).filter({ hasText: content }).first().waitFor();
}
