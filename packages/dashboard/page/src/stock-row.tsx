import { formatPrice } from '../../src/price-format.js';
import type { WindowStock } from '../../src/server/api.js';
import { direction, formatGain, rankChange } from './format.js';
import { pathEnd, SPARKLINE, sparklinePath } from './sparkline.js';

/** A row of the table of stocks. */
export function StockRow(props: {
  stock: WindowStock;
  /** Its place in the table. */
  index: number;
  /** Prices, oldest first. */
  trend: readonly (number | null)[];
  hadRanking: boolean;
  isChosen: boolean;
  /** Whether the Tab key reaches it. */
  isReachable: boolean;
  onChoose: (symbol: string) => void;
}) {
  const { stock, index, isChosen } = props;
  const path = sparklinePath(props.trend);
  const end = pathEnd(path);
  return (
    // The keyboard has the button.
    <tr
      data-symbol={stock.symbol}
      // The heading is the first row.
      aria-rowindex={index + 2}
      class={isChosen ? 'chosen' : ''}
      onClick={() => props.onChoose(stock.symbol)}
    >
      <th scope="row" class="symbol-column">
        <button
          class="symbol"
          type="button"
          aria-pressed={isChosen}
          tabIndex={props.isReachable ? 0 : -1}
        >
          {stock.symbol}
        </button>
      </th>
      <td class="number">{formatPrice(stock.price)}</td>
      <td class="number gain-column" data-direction={direction(stock.percentageGain)}>
        {formatGain(stock.percentageGain)}
      </td>
      <td class="trend-column">
        <svg viewBox={`0 0 ${SPARKLINE.width} ${SPARKLINE.height}`} aria-hidden="true">
          <path d={path} />
          {end && <circle cx={end.x} cy={end.y} r="1.8" />}
        </svg>
      </td>
      <td class="rank-column">{rankText(stock, props.hadRanking)}</td>
    </tr>
  );
}

function rankText({ rank, previousRank }: WindowStock, hadRanking: boolean): string {
  if (rank === null) return '';
  const { sign, direction } = rankChange(rank, previousRank, hadRanking);
  return direction === 'flat' ? String(rank) : `${sign}  ${rank}`;
}
