import { useEffect, useRef, useState } from 'preact/hooks';
import { formatPrice } from '../../src/price-format.js';
import type { PriceHistory, PricePoint, StockWindow } from '../../src/server/api.js';
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
import { spanOf } from './window-span.js';

/** What is shown. */
interface Prices {
  symbol: string;
  window: StockWindow | undefined;
  /** Oldest first. */
  points: readonly PricePoint[];
}

const NONE: Prices = { symbol: '', window: undefined, points: [] };

/** The chosen stock: its prices, and figures of the latest window. */
export function Detail(props: { symbol: string | undefined; window: StockWindow | undefined }) {
  const { symbol, window, points } = usePrices(props.symbol, props.window);
  const stock = window?.stocks.find((one) => one.symbol === symbol);
  const { from, to } = window ? spanOf(window) : { from: 0, to: 0 };
  const inside = points.filter(({ time }) => time >= from && time < to);
  const figures = figuresOf(inside);
  const summary = figures.map(([term, value]) => `${term} ${value}`).join(', ');
  const resolution = formatResolution(window?.resolutionMinutes ?? 0);

  const container = useRef<HTMLDivElement>(null);
  const chart = useRef<PriceChart | undefined>(undefined);
  useEffect(() => {
    if (!container.current) return;
    chart.current ??= new PriceChart(container.current);
    chart.current.show(points, inside);
  }, [points]);
  return (
    <section class="detail" id="detail" aria-labelledby="detail-title">
      <div class="detail-head">
        <h2 id="detail-title">{symbol || 'Price'}</h2>
        {stock && (
          <p class="detail-price">
            <span class="price">{formatPrice(stock.price)}</span>
            <span data-direction={direction(stock.percentageGain)}>
              {formatGain(stock.percentageGain)}
            </span>
          </p>
        )}
        {inside.length > 0 && (
          <p class="detail-window" id="detail-window" title={formatUtcRange(from, to)}>
            Shaded: {resolution}, {formatRange(from, to, serverClock.now())}
          </p>
        )}
      </div>
      <div class="chart">
        <div
          ref={container}
          role="img"
          aria-label={
            inside.length > 0
              ? `Prices of ${symbol}. Within the latest window of ${resolution}: ${summary}`
              : 'No prices yet'
          }
        />
        {points.length === 0 && <p class="empty">No prices yet.</p>}
      </div>
      <dl class="figures" id="figures">
        {figures.map(([term, value]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** A summary of some prices, in words and figures; empty if there are none. */
function figuresOf(points: readonly PricePoint[]): [term: string, value: string][] {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last) return [];
  const prices = points.map(({ price }) => price);
  return [
    ['First', formatPrice(first.price)],
    ['High', formatPrice(Math.max(...prices))],
    ['Low', formatPrice(Math.min(...prices))],
    ['Last', formatPrice(last.price)],
    ['Quotes', formatCount(points.length)],
  ];
}

/** Fetches a stock's prices for each new window. Until they are there, the previous ones stay. */
function usePrices(symbol: string | undefined, window: StockWindow | undefined): Prices {
  const [prices, setPrices] = useState(NONE);
  /** What is being fetched or shown, so that a response that comes too late is ignored. */
  const wanted = useRef('');
  useEffect(() => {
    const key = symbol && window ? `${window.resolutionMinutes} ${window.windowEnd} ${symbol}` : '';
    if (key === wanted.current) return;
    wanted.current = key;
    if (!symbol || !window) return setPrices(NONE);
    fetchPrices(symbol, window.resolutionMinutes).then(
      (points) => wanted.current === key && setPrices({ symbol, window, points }),
      () => {
        // The viewer sees the state of the connection; the next window brings a new attempt.
        if (wanted.current === key) wanted.current = '';
      },
    );
  }, [symbol, window]);
  return prices;
}

async function fetchPrices(symbol: string, resolution: number): Promise<readonly PricePoint[]> {
  const query = new URLSearchParams({ resolution: String(resolution), symbol });
  const response = await fetch(`/api/prices?${query}`);
  if (!response.ok) throw new Error(`the server responded with status ${response.status}`);
  return ((await response.json()) as PriceHistory).points;
}
