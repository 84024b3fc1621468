import type { DashboardState } from '../../src/server/api.js';
import type { ConnectionStatus } from './connection.js';
import { byId, element, setAttribute, setText } from './dom.js';
import { formatDuration, formatTime } from './format.js';
import { isStale, type Level } from './levels.js';

const CONNECTION: Record<ConnectionStatus, { words: string; level: Level }> = {
  connecting: { words: 'Connecting', level: 'warning' },
  live: { words: 'Live', level: 'good' },
  disconnected: { words: 'Reconnecting', level: 'critical' },
  paused: { words: 'Paused', level: 'unknown' },
};

interface Banner {
  level: Level;
  title: string;
  text: string;
}

/** Shows what a viewer must know before trusting the figures. */
export function showBanners(
  state: DashboardState | undefined,
  status: ConnectionStatus,
  lastNews: number | undefined,
  now: number,
): void {
  const connection = byId('connection');
  setText(connection, CONNECTION[status].words);
  setAttribute(connection, 'data-level', CONNECTION[status].level);
  setText(byId('source'), state?.source ?? '');

  const banners = byId('banners');
  const wanted = findBanners(state, status, lastNews, now);
  const signature = JSON.stringify(wanted);
  if (banners.dataset.signature === signature) return;
  banners.dataset.signature = signature;
  banners.replaceChildren(
    ...wanted.map(({ level, title, text }) =>
      element(
        'p',
        { class: 'banner', 'data-level': level },
        element('strong', {}, title),
        ` ${text}`,
      ),
    ),
  );
}

function findBanners(
  state: DashboardState | undefined,
  status: ConnectionStatus,
  lastNews: number | undefined,
  now: number,
): Banner[] {
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
