import type { WindowRanking } from 'iex-dashboard/market-data/market-data';
import { formatPrice } from 'iex-dashboard/price-format';
import { Counters } from './counters.js';
import { type Display, partLines, STOPPING } from './display.js';
import { formatGain, formatTime } from './format.js';

/**
 * Lines without control characters, for a file or a pipe: whenever a window closes, one for each
 * resolution and one with the counters.
 */
export function plainLines(print: (line: string) => void): Display {
  const counters = new Counters();
  const printCounters = () => print(`${formatTime(Date.now())}   ${counters.format(Date.now())}`);
  return {
    onCommitted: (committed) => counters.add(committed),
    onRankings(rankings) {
      counters.ranked(rankings);
      for (const ranking of rankings) print(rankingLine(ranking));
      printCounters();
    },
    onNotice: print,
    onStarted: (parts) => print(partLines(parts).join('\n')),
    onStopping: () => print(STOPPING),
    close: printCounters,
  };
}

function rankingLine({ resolutionMinutes, windowEnd, stocks }: WindowRanking): string {
  const places = stocks.map(
    ({ rank, symbol, meanPrice, percentageGain }) =>
      `${rank}. ${symbol} ${formatPrice(meanPrice)} (${formatGain(percentageGain)})`,
  );
  return `${formatTime(windowEnd)}   ${String(resolutionMinutes).padStart(2)} min   ${places.join('   ')}`;
}
