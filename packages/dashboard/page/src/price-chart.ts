import {
  AreaSeries,
  createChart,
  type IChartApi,
  type ISeriesApi,
  TickMarkType,
  type Time,
  type UTCTimestamp,
} from 'lightweight-charts';
import { formatPrice } from '../../src/price-format.js';
import type { PricePoint } from '../../src/server/api.js';
import { formatTime } from './format.js';
import { serverClock } from './server-clock.js';
import { WindowShade } from './window-shade.js';

/** An axis shorter than this many milliseconds shows seconds. */
const SHORT_MS = 180_000;

const minutes = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short' });
const seconds = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });

/** Labels of a short axis. */
const withSeconds = (time: Time, type: TickMarkType) =>
  (type === TickMarkType.TimeWithSeconds ? seconds : minutes).format(Number(time) * 1000);

/** Labels of a longer axis, which has none between the minutes. */
const withoutSeconds = (time: Time, type: TickMarkType) =>
  type === TickMarkType.TimeWithSeconds ? '' : minutes.format(Number(time) * 1000);

/** The chart of a stock's prices, with a window shaded. */
export class PriceChart {
  readonly #container: HTMLElement;
  readonly #chart: IChartApi;
  readonly #series: ISeriesApi<'Area'>;
  readonly #shade = new WindowShade();

  constructor(container: HTMLElement) {
    this.#container = container;
    this.#chart = createChart(container, {
      autoSize: true,
      // The page scrolls; the chart always shows all of its data.
      handleScroll: false,
      handleScale: false,
      // The attribution is in the page's footer: the logo would bring styles that the page's policy
      // refuses.
      layout: { attributionLogo: false, fontSize: 11 },
      localization: {
        timeFormatter: (time: Time) => formatTime(Number(time) * 1000, serverClock.now()),
      },
      timeScale: {
        borderVisible: false,
        fixLeftEdge: true,
        fixRightEdge: true,
        allowBoldLabels: false,
        timeVisible: true,
        secondsVisible: true,
      },
      rightPriceScale: {
        borderVisible: false,
        entireTextOnly: true,
        scaleMargins: { top: 0.12, bottom: 0.1 },
      },
    });
    this.#series = this.#chart.addSeries(AreaSeries, {
      lineWidth: 2,
      priceLineStyle: 2,
      crosshairMarkerRadius: 4,
    });
    this.#series.attachPrimitive(this.#shade);
    this.#paint();
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#paint());
  }

  /**
   * @param points oldest first
   * @param shaded those of the points to shade
   */
  show(points: readonly PricePoint[], shaded: readonly PricePoint[]): void {
    // The chart's times are whole seconds, each once; of several prices in a second the last
    // counts.
    const bySecond = new Map(points.map((point) => [wholeSeconds(point), point.price]));
    this.#series.setData([...bySecond].map(([time, value]) => ({ time, value })));
    const [oldest, newest] = [points[0], points.at(-1)];
    const isShort = !oldest || !newest || newest.time - oldest.time < SHORT_MS;
    this.#chart.applyOptions({
      timeScale: { tickMarkFormatter: isShort ? withSeconds : withoutSeconds },
    });
    const minMove = smallestStep(newest?.price ?? 1);
    this.#series.applyOptions({
      priceFormat: { type: 'custom', formatter: formatPrice, minMove },
    });
    const [first, last] = [shaded[0], shaded.at(-1)];
    this.#shade.show(first && last && { from: wholeSeconds(first), to: wholeSeconds(last) });
    this.#chart.timeScale().fitContent();
  }

  /** Takes the colours of the page, which follow the viewer's colour scheme. */
  #paint(): void {
    const colour = (name: string) => {
      this.#container.style.color = `var(${name})`;
      return getComputedStyle(this.#container).color;
    };
    const line = colour('--accent');
    this.#shade.colour = colour('--shade');
    this.#chart.applyOptions({
      layout: {
        background: { color: 'transparent' },
        textColor: colour('--muted'),
        fontFamily: getComputedStyle(document.body).fontFamily,
      },
      grid: { vertLines: { visible: false }, horzLines: { color: colour('--grid') } },
      crosshair: {
        vertLine: { color: colour('--muted'), labelBackgroundColor: colour('--label') },
        horzLine: { color: colour('--muted'), labelBackgroundColor: colour('--label') },
      },
    });
    this.#series.applyOptions({
      lineColor: line,
      priceLineColor: line,
      topColor: colour('--area-top'),
      bottomColor: colour('--area-bottom'),
    });
  }
}

/**
 * The last digit that {@link formatPrice} writes of a price, so that no two labels of the scale
 * read the same.
 */
function smallestStep(price: number): number {
  return price >= 1 ? 0.01 : Math.min(0.0001, 10 ** (Math.floor(Math.log10(price)) - 3));
}

function wholeSeconds({ time }: PricePoint): UTCTimestamp {
  return Math.floor(time / 1000) as UTCTimestamp;
}
