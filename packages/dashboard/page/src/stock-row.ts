import { formatPrice } from '../../src/price-format.js';
import type { WindowStock } from '../../src/server/api.js';
import { element, setAttribute, setText } from './dom.js';
import { direction, formatGain, rankChange } from './format.js';
import { pathEnd, SPARKLINE, sparklinePath } from './sparkline.js';

const SVG = 'http://www.w3.org/2000/svg';

/** A row of the table of stocks. */
export class StockRow {
  readonly element: HTMLTableRowElement;
  readonly button: HTMLButtonElement;
  readonly #price = element('td', { class: 'number' });
  readonly #gain = element('td', { class: 'number gain-column' });
  readonly #line = document.createElementNS(SVG, 'path');
  readonly #dot = document.createElementNS(SVG, 'circle');
  readonly #rank = element('td', { class: 'rank-column' });

  constructor(symbol: string) {
    this.button = element('button', { class: 'symbol' }, symbol);
    const picture = document.createElementNS(SVG, 'svg');
    picture.setAttribute('viewBox', `0 0 ${SPARKLINE.width} ${SPARKLINE.height}`);
    picture.setAttribute('aria-hidden', 'true');
    picture.append(this.#line, this.#dot);
    this.#dot.setAttribute('r', '1.8');
    this.element = element(
      'tr',
      { 'data-symbol': symbol },
      element('th', { scope: 'row', class: 'symbol-column' }, this.button),
      this.#price,
      this.#gain,
      element('td', { class: 'trend-column' }, picture),
      this.#rank,
    );
  }

  update(
    stock: WindowStock,
    trend: readonly (number | null)[],
    options: { index: number; chosen: boolean; reachable: boolean; hadRanking: boolean },
  ): void {
    // The heading is the first row.
    setAttribute(this.element, 'aria-rowindex', String(options.index + 2));
    this.element.classList.toggle('chosen', options.chosen);
    setAttribute(this.button, 'aria-pressed', String(options.chosen));
    setAttribute(this.button, 'tabindex', options.reachable ? '0' : '-1');
    setText(this.#price, formatPrice(stock.price));
    setText(this.#gain, formatGain(stock.percentageGain));
    setAttribute(this.#gain, 'data-direction', direction(stock.percentageGain));
    const path = sparklinePath(trend);
    setAttribute(this.#line, 'd', path);
    const end = pathEnd(path);
    setAttribute(this.#dot, 'cx', end?.x ?? '-9');
    setAttribute(this.#dot, 'cy', end?.y ?? '-9');
    setText(this.#rank, rankText(stock, options.hadRanking));
  }
}

function rankText({ rank, previousRank }: WindowStock, hadRanking: boolean): string {
  if (rank === null) return '';
  const { sign, direction } = rankChange(rank, previousRank, hadRanking);
  return direction === 'flat' ? String(rank) : `${sign}  ${rank}`;
}
