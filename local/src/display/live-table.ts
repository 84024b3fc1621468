import { styleText } from 'node:util';
import type { RankedStock, WindowRanking } from 'iex-dashboard/market-data/market-data';
import { formatPrice } from 'iex-dashboard/price-format';
import { createLogUpdate } from 'log-update';
import { Counters } from './counters.js';
import { type Display, partLines, STOPPING } from './display.js';
import { formatGain, formatTime } from './format.js';

const REFRESH_MS = 1000;

/**
 * A table in a terminal, redrawn every second: the top of each resolution's latest closed window,
 * and counters.
 */
export function liveTable(terminal: NodeJS.WriteStream): Display {
  const counters = new Counters();
  const draw = createLogUpdate(terminal);
  let latest: readonly WindowRanking[] = [];
  const refresh = () =>
    draw(
      ['', HEAD, ...latest.flatMap(rankingRows), '', ` ${counters.format(Date.now())}`].join('\n'),
    );
  const printAbove = (text: string) => {
    draw.clear();
    terminal.write(`${text}\n`);
  };
  let timer: NodeJS.Timeout | undefined;
  return {
    onCommitted: (committed) => counters.add(committed),
    onRankings(rankings) {
      latest = rankings;
      counters.ranked(rankings);
      refresh();
    },
    onNotice: printAbove,
    onStarted(parts) {
      printAbove(partLines(parts).join('\n'));
      timer = setInterval(refresh, REFRESH_MS);
      refresh();
    },
    onStopping: () => printAbove(STOPPING),
    close() {
      clearInterval(timer);
      refresh();
      draw.done();
    },
  };
}

const HEAD = styleText('bold', row('Window', '', 'Symbol', 'Mean price', 'Gain'));

function rankingRows({ resolutionMinutes, windowEnd, stocks }: WindowRanking): string[] {
  const window = `${String(resolutionMinutes).padStart(2)} min to ${formatTime(windowEnd)}`;
  return stocks.map((stock, i) => stockRow(i === 0 ? window : '', stock));
}

function stockRow(
  window: string,
  { rank, symbol, meanPrice, percentageGain }: RankedStock,
): string {
  const line = row(window, `${rank}.`, symbol, formatPrice(meanPrice), formatGain(percentageGain));
  if (!percentageGain) return line;
  return styleText(percentageGain > 0 ? 'green' : 'red', line);
}

function row(window: string, rank: string, symbol: string, price: string, gain: string): string {
  return ` ${window.padEnd(21)} ${rank.padStart(2)} ${symbol.padEnd(10)} ${price.padStart(14)} ${gain.padStart(10)}`;
}
