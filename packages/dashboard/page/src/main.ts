import type { DashboardState } from '../../src/server/api.js';
import { showBanners } from './banners.js';
import { type Choice, readChoice, writeChoice } from './choice.js';
import { type ConnectionStatus, connect } from './connection.js';
import { openDeadLetters, updateDeadLetters } from './dead-letters.js';
import { Detail } from './detail.js';
import { byId, element, setText } from './dom.js';
import { formatResolution } from './format.js';
import { HealthStrip } from './health-strip.js';
import { Ranking } from './ranking.js';
import { serverClock } from './server-clock.js';
import { StockTable } from './stock-table.js';

let state: DashboardState | undefined;
let status: ConnectionStatus = 'connecting';
/** When the server last sent something, in milliseconds since the epoch by its clock. */
let lastNews: number | undefined;
let choice: Choice = readChoice();

const healthStrip = new HealthStrip(openDeadLetters);
const ranking = new Ranking((symbol, resolution) => {
  choose({ symbol, resolution });
  table.reveal(symbol);
});
const table = new StockTable((symbol) => choose({ symbol }));
const detail = new Detail();

function choose(change: Partial<Choice>): void {
  choice = { ...choice, ...change };
  writeChoice(choice);
  showChosen();
  if (change.symbol !== undefined) byId('detail').scrollIntoView({ block: 'nearest' });
}

/** The resolution that is shown: the chosen one, or the first. */
function resolution(): number | undefined {
  const known = state?.resolutions ?? [];
  return known.find((one) => one === choice.resolution) ?? known[0];
}

/** Shows what depends on the choice. */
function showChosen(): void {
  if (!state) return;
  const minutes = resolution();
  const window = state.windows.find((one) => one.resolutionMinutes === minutes);
  // The first of the first ranking, until another is chosen: the chart does not jump to each new
  // leader.
  choice.symbol ??= window?.stocks.find(({ rank }) => rank === 1)?.symbol;
  for (const input of byId('resolutions').querySelectorAll('input')) {
    input.checked = Number(input.value) === minutes;
  }
  table.update(window, choice.symbol);
  void detail.update(choice.symbol, window);
}

/** Shows what changes with time alone. */
function showTime(): void {
  const now = serverClock.now();
  healthStrip.update(state?.health ?? null, now);
  showBanners(state, status, lastNews, now);
}

function showResolutions(resolutions: readonly number[]): void {
  const fieldset = byId('resolutions');
  const legend = fieldset.querySelector('legend') as HTMLLegendElement;
  const labels = resolutions.map((minutes) => {
    const input = element('input', { type: 'radio', name: 'resolution', value: String(minutes) });
    input.addEventListener('change', () => choose({ resolution: minutes }));
    return element('label', {}, input, element('span', {}, formatResolution(minutes)));
  });
  fieldset.replaceChildren(legend, ...labels);
}

/** Applies a change that the server sent. */
function receive(change: Partial<DashboardState>): void {
  if (!state) return;
  state = { ...state, ...change };
  lastNews = serverClock.now();
  showTime();
}

connect(
  {
    state: (everything) => {
      const sameResolutions = state?.resolutions.join() === everything.resolutions.join();
      state = everything;
      serverClock.sync(everything.time);
      receive(everything);
      if (!sameResolutions) showResolutions(everything.resolutions);
      ranking.update(everything);
      table.showTrends(everything.trends);
      showChosen();
      if (everything.health) updateDeadLetters(everything.health.deadLetters);
    },
    window: (window) => {
      if (!state) return;
      const { resolutionMinutes } = window;
      const others = state.windows.filter((other) => other.resolutionMinutes !== resolutionMinutes);
      receive({ windows: [...others, window] });
      ranking.update(state);
      if (resolutionMinutes === resolution()) showChosen();
    },
    trends: (trends) => {
      receive({ trends });
      table.showTrends(trends);
    },
    health: (health) => {
      serverClock.sync(health.time);
      receive({ health });
      updateDeadLetters(health.deadLetters);
    },
    problem: (problem) => receive({ problem }),
  },
  (changed) => {
    status = changed;
    showTime();
  },
);
setInterval(showTime, 1000);
// An address that was typed or followed has a choice. The skip link's address has none, and must
// not change it.
addEventListener('hashchange', () => {
  const { symbol, resolution } = readChoice();
  choose({ ...(symbol && { symbol }), ...(resolution && { resolution }) });
});

const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
const zone =
  timeZone === 'UTC'
    ? 'Times are in UTC.'
    : `Times are those of ${timeZone}; point at one for UTC.`;
setText(byId('zone'), `${zone} Prices are in US dollars.`);
