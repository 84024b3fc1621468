import type { ConnectionStatus } from './connection.js';
import type { Level } from './levels.js';

const CONNECTION: Record<ConnectionStatus, { words: string; level: Level }> = {
  connecting: { words: 'Connecting', level: 'warning' },
  live: { words: 'Live', level: 'good' },
  disconnected: { words: 'Reconnecting', level: 'critical' },
  paused: { words: 'Paused', level: 'unknown' },
};

/** What is above everything: the source of the data, and whether the page receives it. */
export function Header(props: { source: string | undefined; status: ConnectionStatus }) {
  const { words, level } = CONNECTION[props.status];
  return (
    <>
      <a class="skip" href="#stocks">
        Skip to the stocks
      </a>
      <header class="bar">
        <h1>
          <img src="/icon.svg" alt="" width="20" height="20" />
          iex-stream
        </h1>
        <p class="source">{props.source}</p>
        <p class="connection" id="connection" role="status" data-level={level}>
          {words}
        </p>
      </header>
    </>
  );
}

const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
const ZONE =
  timeZone === 'UTC'
    ? 'Times are in UTC.'
    : `Times are those of ${timeZone}; point at one for UTC.`;

/** What is below everything. */
export function Footer() {
  return (
    <footer>
      <p>{ZONE} Prices are in US dollars.</p>
      <p>
        Charts: TradingView Lightweight Charts™, © TradingView, Inc.,{' '}
        <a href="https://www.tradingview.com/" rel="noreferrer">
          tradingview.com
        </a>
      </p>
    </footer>
  );
}
