import { formatPrice } from '../../src/price-format.js';
import type { DashboardState, StockWindow, WindowStock } from '../../src/server/api.js';
import { byId, element, setAttribute, setText } from './dom.js';
import {
  direction,
  formatGain,
  formatRange,
  formatResolution,
  formatUtcRange,
  rankChange,
} from './format.js';
import { serverClock } from './server-clock.js';

/** A stock that has a rank. */
type Ranked = WindowStock & { rank: number; meanPrice: number };

const isRanked = (stock: WindowStock): stock is Ranked =>
  stock.rank !== null && stock.meanPrice !== null;

/** Whether the window before had a ranking to compare with. */
export function hadRanking({ stocks }: StockWindow): boolean {
  return stocks.some(({ previousRank }) => previousRank !== null);
}

/** The cards with the top three of each resolution's latest window. */
export class Ranking {
  readonly #onChoose: (symbol: string, resolution: number) => void;
  readonly #cards = new Map<number, Card>();

  constructor(onChoose: (symbol: string, resolution: number) => void) {
    this.#onChoose = onChoose;
  }

  update({ resolutions, windows }: DashboardState): void {
    for (const resolution of resolutions) {
      const window = windows.find((one) => one.resolutionMinutes === resolution);
      this.#card(resolution).update(window);
    }
  }

  #card(resolution: number): Card {
    let card = this.#cards.get(resolution);
    if (!card) {
      card = new Card(resolution, (symbol) => this.#onChoose(symbol, resolution));
      this.#cards.set(resolution, card);
      byId('ranking').append(card.element);
    }
    return card;
  }
}

/**
 * The top three of one resolution. Its rows stay in place and change what they show, so that the
 * focus stays too.
 */
class Card {
  readonly element: HTMLElement;
  readonly #onChoose: (symbol: string) => void;
  readonly #span = element('p', { class: 'span' });
  readonly #list = element('ol');
  readonly #empty = element('p', { class: 'empty' }, 'No window has closed yet.');
  readonly #rows: CardRow[] = [];

  constructor(resolution: number, onChoose: (symbol: string) => void) {
    this.#onChoose = onChoose;
    const title = element('h3', {}, formatResolution(resolution));
    this.element = element(
      'article',
      { class: 'card', 'aria-label': `Window of ${formatResolution(resolution)}` },
      element('header', {}, title, this.#span),
      this.#list,
      this.#empty,
    );
  }

  update(window: StockWindow | undefined): void {
    this.#empty.hidden = window !== undefined;
    if (!window) return;
    const start = window.windowEnd - 60_000 * window.resolutionMinutes;
    setText(this.#span, formatRange(start, window.windowEnd, serverClock.now()));
    setAttribute(this.#span, 'title', formatUtcRange(start, window.windowEnd));

    const ranked = window.stocks.filter(isRanked).sort((a, b) => a.rank - b.rank);
    for (const row of this.#rows.splice(ranked.length)) row.element.remove();
    while (this.#rows.length < ranked.length) {
      const row = new CardRow(this.#onChoose);
      this.#rows.push(row);
      this.#list.append(row.element);
    }
    const compare = hadRanking(window);
    for (const [i, stock] of ranked.entries()) this.#rows[i]?.update(stock, compare);
  }
}

class CardRow {
  readonly element: HTMLLIElement;
  readonly #rank = element('span', { class: 'rank' });
  readonly #symbol = element('button', { class: 'symbol' });
  readonly #price = element('span', { class: 'number' });
  readonly #gain = element('span', { class: 'number' });
  readonly #sign = element('span', { 'aria-hidden': 'true' });
  readonly #words = element('span', { class: 'visually-hidden' });
  readonly #change = element('span', { class: 'change' }, this.#sign, this.#words);

  constructor(onChoose: (symbol: string) => void) {
    this.#symbol.addEventListener('click', () => onChoose(this.#symbol.textContent ?? ''));
    this.element = element(
      'li',
      {},
      this.#rank,
      this.#symbol,
      this.#price,
      this.#gain,
      this.#change,
    );
  }

  update(stock: Ranked, hadRanking: boolean): void {
    const change = rankChange(stock.rank, stock.previousRank, hadRanking);
    setText(this.#rank, String(stock.rank));
    setText(this.#symbol, stock.symbol);
    setText(this.#price, formatPrice(stock.meanPrice));
    setText(this.#gain, formatGain(stock.percentageGain));
    setAttribute(this.#gain, 'data-direction', direction(stock.percentageGain));
    setText(this.#sign, change.sign);
    setText(this.#words, `rank ${change.words}`);
    setAttribute(this.#change, 'data-direction', change.direction);
    setAttribute(this.#change, 'title', `Rank: ${change.words}`);
  }
}
