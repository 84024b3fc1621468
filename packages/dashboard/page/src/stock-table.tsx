import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { StockWindow, Trends, WindowStock } from '../../src/server/api.js';
import { hadRanking } from './ranking.js';
import { type Sort, type SortKey, visibleRows } from './stock-order.js';
import { StockRow } from './stock-row.js';

/** As in style.css, in pixels. */
const ROW_HEIGHT = 36;

const COLUMNS: { title: string; key?: SortKey; class: string }[] = [
  { title: 'Symbol', key: 'symbol', class: 'symbol-column' },
  { title: 'Price', key: 'price', class: 'number' },
  { title: 'Gain', key: 'gain', class: 'number gain-column' },
  { title: '15 min', class: 'trend-column' },
  { title: 'Rank', key: 'rank', class: 'rank-column' },
];

interface StockTableProps {
  window: StockWindow | undefined;
  /** Those of the window that pass the filter, in order. */
  stocks: readonly WindowStock[];
  /** By symbol, oldest first, for the trends. */
  prices: Trends['prices'];
  chosen: string | undefined;
  /** The stock to scroll to, a new object for each request. */
  revealed: { symbol: string } | undefined;
  sort: Sort;
  filter: string;
  onSort: (key: SortKey) => void;
  onChoose: (symbol: string) => void;
}

/** The table of stocks; only the rows in view are in the document. */
export function StockTable(props: StockTableProps) {
  const { window, stocks, prices, chosen, revealed, sort, filter } = props;
  const scroll = useRef<HTMLDivElement>(null);
  const head = useRef<HTMLTableSectionElement>(null);
  const body = useRef<HTMLTableSectionElement>(null);
  const [view, setView] = useState({ scrollTop: 0, height: 0 });
  /** The stock that gets the focus once its row is there. */
  const next = useRef<string | undefined>(undefined);

  const look = () => {
    const { scrollTop = 0, clientHeight = 0 } = scroll.current ?? {};
    setView({ scrollTop, height: clientHeight });
  };
  const scrollTo = (index: number) => {
    const element = scroll.current;
    if (!element) return;
    const top = index * ROW_HEIGHT;
    const height = element.clientHeight - (head.current?.offsetHeight ?? 0);
    const lowest = top + ROW_HEIGHT - height;
    element.scrollTop = Math.min(top, Math.max(lowest, element.scrollTop));
    look();
  };
  const focusedSymbol = () =>
    [...(body.current?.rows ?? [])].find((row) => row.contains(document.activeElement))?.dataset
      .symbol;

  useEffect(() => {
    const observer = new ResizeObserver(look);
    if (scroll.current) observer.observe(scroll.current);
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(() => scrollTo(0), [sort, filter]);
  useLayoutEffect(() => {
    const index = stocks.findIndex(({ symbol }) => symbol === revealed?.symbol);
    if (index !== -1) scrollTo(index);
  }, [revealed]);

  const focused = next.current ?? focusedSymbol();
  // A row that was moved has lost the focus.
  useLayoutEffect(() => {
    next.current = undefined;
    if (focused === undefined || focused === focusedSymbol()) return;
    const row = [...(body.current?.rows ?? [])].find(({ dataset }) => dataset.symbol === focused);
    row?.querySelector('button')?.focus({ preventScroll: true });
  });

  const onKeyDown = (event: KeyboardEvent) => {
    const at = stocks.findIndex(({ symbol }) => symbol === focusedSymbol());
    if (at === -1) return;
    const page = Math.max(1, Math.floor(view.height / ROW_HEIGHT) - 2);
    const last = stocks.length - 1;
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
    const index = Math.min(last, Math.max(0, target));
    next.current = stocks[index]?.symbol;
    scrollTo(index);
  };

  const { from, to } = visibleRows({ ...view, rowHeight: ROW_HEIGHT }, stocks.length);
  const shown = useMemo(() => stocks.slice(from, to), [stocks, from, to]);
  // The one symbol that the Tab key reaches; from there, the arrow keys move.
  const reachable = [focused, chosen, shown[0]?.symbol].find((candidate) =>
    shown.some(({ symbol }) => symbol === candidate),
  );
  const canCompare = window !== undefined && hadRanking(window);
  // Most of what the server sends changes no row: Preact skips elements that are the same.
  const rows = useMemo(
    () =>
      shown.map((stock, i) => (
        <StockRow
          key={stock.symbol}
          stock={stock}
          index={from + i}
          // A symbol may be `constructor`, which every object has.
          trend={(Object.hasOwn(prices, stock.symbol) && prices[stock.symbol]) || []}
          hadRanking={canCompare}
          isChosen={stock.symbol === chosen}
          isReachable={stock.symbol === reachable}
          onChoose={props.onChoose}
        />
      )),
    [shown, prices, canCompare, chosen, reachable],
  );
  return (
    <div class="table-scroll" ref={scroll} onScroll={look}>
      <table aria-rowcount={stocks.length + 1}>
        <caption class="visually-hidden">Stocks of the latest window</caption>
        <thead ref={head}>
          <tr id="columns">
            {COLUMNS.map(({ title, key, class: name }) => (
              <th key={title} scope="col" class={name} aria-sort={key && ariaSort(sort, key)}>
                {key ? (
                  <button type="button" onClick={() => props.onSort(key)}>
                    {title}
                  </button>
                ) : (
                  title
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody id="rows" ref={body} onKeyDown={onKeyDown}>
          <Spacer rows={from} />
          {rows}
          <Spacer rows={stocks.length - to} />
        </tbody>
      </table>
      {stocks.length === 0 && (
        <p class="empty">
          {window ? 'No symbol matches the filter.' : 'No window has closed yet.'}
        </p>
      )}
    </div>
  );
}

/** Takes the height of the rows that are not in the document. */
function Spacer({ rows }: { rows: number }) {
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in it can have the focus
    <tr class="spacer" aria-hidden="true" style={{ height: `${rows * ROW_HEIGHT}px` }}>
      <td />
    </tr>
  );
}

function ariaSort({ key, descending }: Sort, column: SortKey) {
  if (key !== column) return 'none';
  return descending ? 'descending' : 'ascending';
}
