import { formatPrice } from '../../src/price-format.js';
import type { DashboardState, StockWindow, WindowStock } from '../../src/server/api.js';
import {
  direction,
  formatGain,
  formatRange,
  formatResolution,
  formatUtcRange,
  rankChange,
} from './format.js';
import { serverClock } from './server-clock.js';
import { spanOf } from './window-span.js';

/** A stock that has a rank. */
type Ranked = WindowStock & { rank: number; meanPrice: number };

const isRanked = (stock: WindowStock): stock is Ranked =>
  stock.rank !== null && stock.meanPrice !== null;

/** Whether the window before had a ranking to compare with. */
export function hadRanking({ stocks }: StockWindow): boolean {
  return stocks.some(({ previousRank }) => previousRank !== null);
}

/** The cards with the top three of each resolution's latest window. */
export function Ranking(props: {
  state: DashboardState | undefined;
  onChoose: (symbol: string, resolution: number) => void;
}) {
  const { resolutions = [], windows = [] } = props.state ?? {};
  return (
    <section class="ranking" aria-labelledby="ranking-title">
      <h2 id="ranking-title">Highest mean price</h2>
      <div class="cards">
        {resolutions.map((resolution) => (
          <Card
            key={resolution}
            resolution={formatResolution(resolution)}
            window={windows.find((one) => one.resolutionMinutes === resolution)}
            onChoose={(symbol) => props.onChoose(symbol, resolution)}
          />
        ))}
      </div>
    </section>
  );
}

/** The top three of one resolution. */
function Card(props: {
  resolution: string;
  window: StockWindow | undefined;
  onChoose: (symbol: string) => void;
}) {
  const { resolution, window, onChoose } = props;
  return (
    <article class="card" aria-label={`Window of ${resolution}`}>
      <header>
        <h3>{resolution}</h3>
        {window && <Span window={window} />}
      </header>
      {window ? (
        <ol>
          {window.stocks
            .filter(isRanked)
            .sort((a, b) => a.rank - b.rank)
            .map((stock, place) => (
              // By place, so that a row, and with it the focus, stays.
              <li key={place}>
                <span class="rank">{stock.rank}</span>
                <button class="symbol" type="button" onClick={() => onChoose(stock.symbol)}>
                  {stock.symbol}
                </button>
                <span class="number">{formatPrice(stock.meanPrice)}</span>
                <span class="number" data-direction={direction(stock.percentageGain)}>
                  {formatGain(stock.percentageGain)}
                </span>
                <Change {...rankChange(stock.rank, stock.previousRank, hadRanking(window))} />
              </li>
            ))}
        </ol>
      ) : (
        <p class="empty">No window has closed yet.</p>
      )}
    </article>
  );
}

function Span({ window }: { window: StockWindow }) {
  const { from, to } = spanOf(window);
  return (
    <p class="span" title={formatUtcRange(from, to)}>
      {formatRange(from, to, serverClock.now())}
    </p>
  );
}

/** How a rank has changed. */
function Change({ sign, words, direction }: ReturnType<typeof rankChange>) {
  return (
    <span class="change" data-direction={direction} title={`Rank: ${words}`}>
      <span aria-hidden="true">{sign}</span>
      <span class="visually-hidden">rank {words}</span>
    </span>
  );
}
