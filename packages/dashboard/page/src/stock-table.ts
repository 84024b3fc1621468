import type { StockWindow, Trends, WindowStock } from '../../src/server/api.js';
import { byId, element, setAttribute, setText } from './dom.js';
import { formatCount } from './format.js';
import { hadRanking } from './ranking.js';
import { nextSort, orderStocks, type Sort, type SortKey, visibleRows } from './stock-order.js';
import { StockRow } from './stock-row.js';

/** As in style.css, in pixels. */
const ROW_HEIGHT = 36;

const COLUMNS: { title: string; sort?: SortKey; className: string }[] = [
  { title: 'Symbol', sort: 'symbol', className: 'symbol-column' },
  { title: 'Price', sort: 'price', className: 'number' },
  { title: 'Gain', sort: 'gain', className: 'number gain-column' },
  { title: '15 min', className: 'trend-column' },
  { title: 'Rank', sort: 'rank', className: 'rank-column' },
];

/** All stocks of a window; only the rows in view are in the document. */
export class StockTable {
  readonly #scroll = byId('table-scroll');
  readonly #body = byId('rows');
  readonly #onChoose: (symbol: string) => void;
  readonly #rows = new Map<string, StockRow>();
  readonly #above = spacer();
  readonly #below = spacer();
  readonly #headings = new Map<SortKey, HTMLElement>();
  #sort: Sort = { key: 'symbol', descending: false };
  #filter = '';
  #window: StockWindow | undefined;
  /**
   * By symbol. A symbol is any text that was received: in a plain object, `constructor` would be
   * found.
   */
  #trends: ReadonlyMap<string, readonly (number | null)[]> = new Map();
  #chosen: string | undefined;
  /** Of `#window`, filtered and in order. */
  #stocks: WindowStock[] = [];
  #hadRanking = false;

  constructor(onChoose: (symbol: string) => void) {
    this.#onChoose = onChoose;
    this.#body.append(this.#above, this.#below);
    byId('columns').append(...COLUMNS.map((column) => this.#heading(column)));
    this.#scroll.addEventListener('scroll', () => this.#draw(), { passive: true });
    new ResizeObserver(() => this.#draw()).observe(this.#scroll);
    byId<HTMLInputElement>('filter').addEventListener('input', (event) => {
      this.#filter = (event.target as HTMLInputElement).value;
      this.#scroll.scrollTop = 0;
      this.#arrange();
    });
    this.#body.addEventListener('click', (event) => {
      const row = (event.target as Element).closest<HTMLElement>('tr[data-symbol]');
      if (row?.dataset.symbol !== undefined) this.#onChoose(row.dataset.symbol);
    });
    this.#body.addEventListener('keydown', (event) => this.#onKey(event));
    this.#showSort();
  }

  /** Shows the stocks of a window, and which of them is chosen. */
  update(window: StockWindow | undefined, chosen: string | undefined): void {
    this.#window = window;
    this.#chosen = chosen;
    this.#hadRanking = window !== undefined && hadRanking(window);
    this.#arrange();
  }

  /** Shows new trends next to the stocks. */
  showTrends({ prices }: Trends): void {
    this.#trends = new Map(Object.entries(prices));
    this.#draw();
  }

  /** Filters and orders the stocks again, and draws them. */
  #arrange(): void {
    const stocks = this.#window?.stocks ?? [];
    this.#stocks = orderStocks(stocks, this.#sort, this.#filter);
    const all = formatCount(stocks.length);
    setText(
      byId('count'),
      this.#filter.trim() === ''
        ? `${all} stocks`
        : `${formatCount(this.#stocks.length)} of ${all} stocks`,
    );
    byId('table-empty').hidden = this.#stocks.length > 0;
    setText(
      byId('table-empty'),
      stocks.length > 0 ? 'No symbol matches the filter.' : 'No window has closed yet.',
    );
    setAttribute(this.#table(), 'aria-rowcount', String(this.#stocks.length + 1));
    this.#draw();
  }

  #table(): HTMLElement {
    return this.#body.parentElement as HTMLElement;
  }

  /** Puts the rows in view into the document and brings them up to date. */
  #draw(): void {
    const focused = this.#focusedSymbol();
    const { scrollTop, clientHeight } = this.#scroll;
    const { from, to } = visibleRows(
      { scrollTop, height: clientHeight, rowHeight: ROW_HEIGHT },
      this.#stocks.length,
    );
    const shown = this.#stocks.slice(from, to);
    const symbols = new Set(shown.map(({ symbol }) => symbol));
    for (const [symbol, row] of this.#rows) {
      if (symbols.has(symbol)) continue;
      row.element.remove();
      this.#rows.delete(symbol);
    }
    const reachable = this.#reachable(symbols, shown);
    let previous: Element = this.#above;
    for (const [i, stock] of shown.entries()) {
      const row = this.#row(stock.symbol);
      row.update(stock, this.#trends.get(stock.symbol) ?? [], {
        index: from + i,
        chosen: stock.symbol === this.#chosen,
        reachable: stock.symbol === reachable,
        hadRanking: this.#hadRanking,
      });
      if (previous.nextElementSibling !== row.element) previous.after(row.element);
      previous = row.element;
    }
    this.#above.style.height = `${from * ROW_HEIGHT}px`;
    this.#below.style.height = `${(this.#stocks.length - to) * ROW_HEIGHT}px`;
    // A row that was moved has lost the focus.
    if (focused !== undefined && this.#focusedSymbol() !== focused) {
      this.#rows.get(focused)?.button.focus({ preventScroll: true });
    }
  }

  /** The one symbol that the Tab key reaches; from there, the arrow keys move. */
  #reachable(symbols: ReadonlySet<string>, shown: readonly WindowStock[]): string | undefined {
    const focused = this.#focusedSymbol();
    const candidates = [focused, this.#chosen, shown[0]?.symbol];
    return candidates.find((symbol) => symbol !== undefined && symbols.has(symbol));
  }

  #focusedSymbol(): string | undefined {
    const active = document.activeElement;
    if (!active || !this.#body.contains(active)) return undefined;
    return active.closest<HTMLElement>('tr')?.dataset.symbol;
  }

  #row(symbol: string): StockRow {
    let row = this.#rows.get(symbol);
    if (!row) {
      row = new StockRow(symbol);
      this.#rows.set(symbol, row);
    }
    return row;
  }

  #onKey(event: KeyboardEvent): void {
    const at = this.#stocks.findIndex(({ symbol }) => symbol === this.#focusedSymbol());
    if (at === -1) return;
    const page = Math.max(1, Math.floor(this.#scroll.clientHeight / ROW_HEIGHT) - 2);
    const last = this.#stocks.length - 1;
    const targets: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: last,
    };
    const target = targets[event.key];
    if (target === undefined) return;
    event.preventDefault();
    this.#focus(Math.min(last, Math.max(0, target)));
  }

  /** Scrolls a stock's row into view, if it passes the filter. */
  reveal(symbol: string): void {
    const index = this.#stocks.findIndex((stock) => stock.symbol === symbol);
    if (index !== -1) this.#scrollTo(index);
  }

  #focus(index: number): void {
    const stock = this.#stocks[index];
    if (!stock) return;
    this.#scrollTo(index);
    this.#draw();
    this.#rows.get(stock.symbol)?.button.focus({ preventScroll: true });
    this.#draw();
  }

  #scrollTo(index: number): void {
    const top = index * ROW_HEIGHT;
    const headHeight = byId('columns').offsetHeight;
    const height = this.#scroll.clientHeight - headHeight;
    if (top < this.#scroll.scrollTop) this.#scroll.scrollTop = top;
    else if (top + ROW_HEIGHT > this.#scroll.scrollTop + height) {
      this.#scroll.scrollTop = top + ROW_HEIGHT - height;
    }
  }

  #heading({ title, sort, className }: (typeof COLUMNS)[number]): HTMLElement {
    const cell = element('th', { scope: 'col', class: className });
    if (!sort) {
      cell.append(title);
      return cell;
    }
    const button = element('button', {}, title);
    button.addEventListener('click', () => {
      this.#sort = nextSort(this.#sort, sort);
      this.#scroll.scrollTop = 0;
      this.#showSort();
      this.#arrange();
    });
    cell.append(button);
    this.#headings.set(sort, cell);
    return cell;
  }

  #showSort(): void {
    for (const [key, heading] of this.#headings) {
      const order = this.#sort.descending ? 'descending' : 'ascending';
      setAttribute(heading, 'aria-sort', key === this.#sort.key ? order : 'none');
    }
  }
}

/** Takes the height of the rows that are not in the document. */
function spacer(): HTMLElement {
  return element('tr', { class: 'spacer', 'aria-hidden': 'true' }, element('td'));
}
