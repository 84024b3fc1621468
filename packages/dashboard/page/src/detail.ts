import { formatPrice } from '../../src/price-format.js';
import type { PriceHistory, PricePoint, StockWindow } from '../../src/server/api.js';
import { byId, element, setAttribute, setText } from './dom.js';
import {
  direction,
  formatCount,
  formatGain,
  formatRange,
  formatResolution,
  formatUtcRange,
} from './format.js';
import { PriceChart } from './price-chart.js';
import { serverClock } from './server-clock.js';

/** The chosen stock: its prices, and figures of the latest window. */
export class Detail {
  readonly #chart = new PriceChart();
  /** What is being fetched or shown, so that a response that comes too late is ignored. */
  #wanted = '';

  /** Fetches and shows a stock's prices, unless they are shown already. */
  async update(symbol: string | undefined, window: StockWindow | undefined): Promise<void> {
    const wanted =
      symbol && window ? `${window.resolutionMinutes} ${window.windowEnd} ${symbol}` : '';
    if (wanted === this.#wanted) return;
    this.#wanted = wanted;
    if (symbol === undefined || window === undefined) {
      this.#show('', [], undefined);
      return;
    }
    const query = new URLSearchParams({ resolution: String(window.resolutionMinutes), symbol });
    try {
      const response = await fetch(`/api/prices?${query}`);
      if (!response.ok) throw new Error(`the server responded with status ${response.status}`);
      const { points } = (await response.json()) as PriceHistory;
      if (this.#wanted === wanted) this.#show(symbol, points, window);
    } catch {
      // The viewer sees the state of the connection; the next window brings a new attempt.
      if (this.#wanted === wanted) this.#wanted = '';
    }
  }

  #show(symbol: string, points: readonly PricePoint[], window: StockWindow | undefined): void {
    const stock = window?.stocks.find((one) => one.symbol === symbol);
    const span = window && {
      from: window.windowEnd - 60_000 * window.resolutionMinutes,
      to: window.windowEnd,
    };
    setText(byId('detail-title'), symbol || 'Price');
    byId('detail-price').replaceChildren(
      ...(stock
        ? [
            element('span', { class: 'price' }, formatPrice(stock.price)),
            element(
              'span',
              { 'data-direction': direction(stock.percentageGain) },
              formatGain(stock.percentageGain),
            ),
          ]
        : []),
    );
    byId('chart-empty').hidden = points.length > 0;
    this.#chart.show(points, span);
    this.#describe(symbol, points, window, span);
  }

  #describe(
    symbol: string,
    points: readonly PricePoint[],
    window: StockWindow | undefined,
    span: { from: number; to: number } | undefined,
  ): void {
    const inside = points.filter(({ time }) => span && time >= span.from && time < span.to);
    const [first, last] = [inside[0], inside.at(-1)];
    const note = byId('detail-window');
    if (!window || !span || !first || !last) {
      setText(note, '');
      byId('figures').replaceChildren();
      setAttribute(byId('chart'), 'aria-label', 'No prices yet');
      return;
    }
    const prices = inside.map(({ price }) => price);
    const figures = {
      First: formatPrice(first.price),
      High: formatPrice(Math.max(...prices)),
      Low: formatPrice(Math.min(...prices)),
      Last: formatPrice(last.price),
      Quotes: formatCount(inside.length),
    };
    const resolution = formatResolution(window.resolutionMinutes);
    setText(note, `Shaded: ${resolution}, ${formatRange(span.from, span.to, serverClock.now())}`);
    setAttribute(note, 'title', formatUtcRange(span.from, span.to));
    byId('figures').replaceChildren(
      ...Object.entries(figures).map(([term, value]) =>
        element('div', {}, element('dt', {}, term), element('dd', {}, value)),
      ),
    );
    const summary = Object.entries(figures).map(([term, value]) => `${term} ${value}`);
    setAttribute(
      byId('chart'),
      'aria-label',
      `Prices of ${symbol}. Within the latest window of ${resolution}: ${summary.join(', ')}`,
    );
  }
}
