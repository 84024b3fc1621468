import { render } from 'preact';
import type { DashboardState } from '../../src/server/api.js';
import { Banners } from './banners.js';
import { type Choice, readChoice, writeChoice } from './choice.js';
import { type ConnectionStatus, connect } from './connection.js';
import { DeadLetterDialog } from './dead-letters.js';
import { Detail } from './detail.js';
import { Footer, Header } from './frame.js';
import { HealthStrip } from './health-strip.js';
import { Ranking } from './ranking.js';
import { serverClock } from './server-clock.js';
import { Stocks } from './stocks.js';

let state: DashboardState | undefined;
let status: ConnectionStatus = 'connecting';
/** When the server last sent something, in milliseconds since the epoch by its clock. */
let lastNews: number | undefined;
let choice: Choice = readChoice();
/** The stock to scroll to, a new object for each request. */
let revealed: { symbol: string } | undefined;

/** Brings the page up to date. */
function draw(): void {
  const { resolutions = [], windows = [] } = state ?? {};
  // The chosen one, or the first.
  const resolution = resolutions.find((one) => one === choice.resolution) ?? resolutions[0];
  const window = windows.find((one) => one.resolutionMinutes === resolution);
  // The first of the first ranking, until another is chosen: the chart does not jump to each new
  // leader.
  choice.symbol ??= window?.stocks.find(({ rank }) => rank === 1)?.symbol;
  render(
    <>
      <Header source={state?.source} status={status} />
      <main>
        <Banners state={state} status={status} lastNews={lastNews} />
        <HealthStrip health={state?.health ?? null} />
        <Ranking
          state={state}
          onChoose={(symbol, resolution) => {
            revealed = { symbol };
            choose({ symbol, resolution });
          }}
        />
        <Stocks
          state={state}
          window={window}
          resolution={resolution}
          chosen={choice.symbol}
          revealed={revealed}
          onChoose={choose}
        />
        <Detail symbol={choice.symbol} window={window} />
      </main>
      <Footer />
      <DeadLetterDialog deadLetters={state?.health?.deadLetters} />
    </>,
    document.body,
  );
}

function choose(change: Partial<Choice>): void {
  choice = { ...choice, ...change };
  writeChoice(choice);
  draw();
  if (change.symbol === undefined) return;
  document.getElementById('detail')?.scrollIntoView({ block: 'nearest' });
}

/** Applies a change that the server sent. */
function receive(change: Partial<DashboardState>): void {
  if (!state) return;
  state = { ...state, ...change };
  lastNews = serverClock.now();
  draw();
}

connect(
  {
    state: (everything) => {
      serverClock.sync(everything.time);
      state = everything;
      receive({});
    },
    window: (window) => {
      const { resolutionMinutes } = window;
      const others = state?.windows.filter((one) => one.resolutionMinutes !== resolutionMinutes);
      receive({ windows: [...(others ?? []), window] });
    },
    trends: (trends) => receive({ trends }),
    health: (health) => {
      serverClock.sync(health.time);
      receive({ health });
    },
    problem: (problem) => receive({ problem }),
  },
  (changed) => {
    status = changed;
    draw();
  },
);
// Ages grow between the server's messages.
setInterval(draw, 1000);
// An address that was typed or followed has a choice. The skip link's address has none, and must
// not change it.
addEventListener('hashchange', () => {
  const { symbol, resolution } = readChoice();
  choose({ ...(symbol && { symbol }), ...(resolution && { resolution }) });
});
