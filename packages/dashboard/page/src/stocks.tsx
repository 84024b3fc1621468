import { useMemo, useState } from 'preact/hooks';
import type { DashboardState, StockWindow } from '../../src/server/api.js';
import type { Choice } from './choice.js';
import { formatCount, formatResolution } from './format.js';
import { nextSort, orderStocks, type Sort } from './stock-order.js';
import { StockTable } from './stock-table.js';

/** What can be chosen, and what is. */
interface StocksProps {
  state: DashboardState | undefined;
  /** The chosen length of the windows, in minutes. */
  resolution: number | undefined;
  window: StockWindow | undefined;
  chosen: string | undefined;
  /** The stock to scroll to, a new object for each request. */
  revealed: { symbol: string } | undefined;
  onChoose: (change: Partial<Choice>) => void;
}

/** All stocks of a window, which can be filtered and sorted. */
export function Stocks({ state, window, onChoose, ...props }: StocksProps) {
  const [sort, setSort] = useState<Sort>({ key: 'symbol', descending: false });
  const [filter, setFilter] = useState('');
  const all = window?.stocks ?? [];
  const stocks = useMemo(() => orderStocks(all, sort, filter), [window, sort, filter]);
  const count = formatCount(all.length);
  return (
    <section class="stocks" id="stocks" aria-labelledby="stocks-title" tabIndex={-1}>
      <div class="toolbar">
        <h2 id="stocks-title">Stocks</h2>
        <input
          id="filter"
          type="search"
          placeholder="Filter symbols"
          aria-label="Filter symbols"
          autocomplete="off"
          spellcheck={false}
          value={filter}
          onInput={(event) => setFilter(event.currentTarget.value)}
        />
        <fieldset class="segments" id="resolutions">
          <legend class="visually-hidden">Length of the window</legend>
          {state?.resolutions.map((resolution) => (
            <label key={resolution}>
              <input
                type="radio"
                name="resolution"
                checked={resolution === props.resolution}
                onChange={() => onChoose({ resolution })}
              />
              <span>{formatResolution(resolution)}</span>
            </label>
          ))}
        </fieldset>
      </div>
      <StockTable
        {...props}
        window={window}
        stocks={stocks}
        prices={state?.trends.prices ?? {}}
        sort={sort}
        filter={filter}
        onSort={(key) => setSort(nextSort(sort, key))}
        onChoose={(symbol) => onChoose({ symbol })}
      />
      <p id="count" role="status">
        {filter.trim() === '' ? count : `${formatCount(stocks.length)} of ${count}`} stocks
      </p>
    </section>
  );
}
