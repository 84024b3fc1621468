import type { DashboardState } from '../../src/server/api.js';
import type { ConnectionStatus } from './connection.js';
import { formatDuration, formatTime } from './format.js';
import { isStale, type Level } from './levels.js';
import { serverClock } from './server-clock.js';

interface Banner {
  level: Level;
  title: string;
  text: string;
}

interface BannersProps {
  state: DashboardState | undefined;
  status: ConnectionStatus;
  /** When the server last sent something, in milliseconds since the epoch. */
  lastNews: number | undefined;
}

/** What a viewer must know before trusting the figures. */
export function Banners(props: BannersProps) {
  return (
    <div class="banners" id="banners" role="status">
      {findBanners(props).map(({ level, title, text }) => (
        <p key={title} class="banner" data-level={level}>
          <strong>{title}</strong> {text}
        </p>
      ))}
    </div>
  );
}

function findBanners({ state, status, lastNews }: BannersProps): Banner[] {
  const now = serverClock.now();
  if (status === 'disconnected') {
    const text =
      lastNews === undefined
        ? 'The dashboard does not respond. Trying again every few seconds.'
        : `Trying again every few seconds. Everything below is as of ${formatTime(lastNews, now)}.`;
    return [{ level: 'critical', title: 'Disconnected.', text }];
  }
  if (!state) return [];
  if (state.problem !== null) {
    const text = `${state.problem}. Trying again with the next window.`;
    return [{ level: 'critical', title: 'The data cannot be read.', text }];
  }
  const banners: Banner[] = [];
  const notice = state.health?.notice ?? null;
  if (notice !== null) banners.push({ level: 'critical', title: 'No quotes.', text: notice });
  if (state.windows.length === 0) {
    const text =
      'No window with quotes has closed. The first closes at most 10 s after the first quote.';
    banners.push({ level: 'unknown', title: 'No data yet.', text });
  }
  const newest = state.health?.newestWindowEnd ?? null;
  if (newest !== null && isStale(now - newest)) {
    // In whole minutes, so that a screen reader does not read it aloud every second.
    const age = formatDuration(Math.max(120_000, now - newest));
    const ago = now - newest < 120_000 ? 'over a minute' : age;
    const text = `No window with quotes has closed for ${ago}; what is shown is from ${formatTime(newest, now)}.`;
    banners.push({ level: 'warning', title: 'Stale.', text });
  }
  return banners;
}
