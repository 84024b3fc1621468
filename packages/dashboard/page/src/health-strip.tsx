import type { Health } from '../../src/server/api.js';
import { openDeadLetters } from './dead-letters.js';
import { formatCount, formatDuration, formatRate, formatTime, formatUtc } from './format.js';
import { ageLevel, deadLetterLevel, LEVEL_WORDS, type Level, rateLevel } from './levels.js';
import { serverClock } from './server-clock.js';

/** The content of one figure of the strip. */
interface Figure {
  level: Level;
  value: string;
  note: string;
  /** Shown on hover. */
  title?: string;
}

const NOT_YET: Figure = { level: 'unknown', value: '\u2013', note: 'none yet' };

const LABELS = {
  quotes: 'Quotes / s',
  rows: 'Rows / s',
  newestQuote: 'Newest quote',
  newestWindow: 'Newest window',
  deadLetters: 'Dead letters',
};
type FigureName = keyof typeof LABELS;

/** The strip of figures that show how the pipeline is doing. */
export function HealthStrip({ health }: { health: Health | null }) {
  const figures = health ? readFigures(health, serverClock.now()) : {};
  return (
    <section class="health" aria-labelledby="health-title">
      <h2 id="health-title" class="visually-hidden">
        Health of the pipeline
      </h2>
      <ul id="health">
        {(Object.keys(LABELS) as FigureName[]).map((name) => {
          const { level, value, note, title } = figures[name] ?? NOT_YET;
          return (
            <li key={name} data-level={level} title={title}>
              <span class="label">{LABELS[name]}</span>
              <span class="value">{value}</span>
              <span class="visually-hidden">, {LEVEL_WORDS[level]}</span>
              <span class="note">{note}</span>
              {name === 'deadLetters' && (
                <button class="link" type="button" aria-haspopup="dialog" onClick={openDeadLetters}>
                  Show
                </button>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function readFigures(health: Health, now: number): Partial<Record<FigureName, Figure>> {
  const total = (count: number | null) =>
    count === null ? 'in the latest minute' : `${formatCount(count)} since start`;
  return {
    quotes: {
      level: rateLevel(health.quotesPerSecond),
      value: formatRate(health.quotesPerSecond),
      note: total(health.quotes),
    },
    rows: {
      level: rateLevel(health.rowsPerSecond),
      value: formatRate(health.rowsPerSecond),
      note: total(health.rows),
    },
    newestQuote: moment(health.newestQuote, now, 'at'),
    newestWindow: moment(health.newestWindowEnd, now, 'closed'),
    deadLetters: {
      level: deadLetterLevel(health.deadLetters.lastHour),
      value: formatCount(health.deadLetters.lastDay),
      note: `last 24 h, ${formatCount(health.deadLetters.lastHour)} in the last hour`,
    },
  };
}

function moment(time: number | null, now: number, verb: string): Figure {
  if (time === null) return NOT_YET;
  return {
    level: ageLevel(now - time),
    value: `${formatDuration(now - time)} ago`,
    note: `${verb} ${formatTime(time, now)}`,
    title: formatUtc(time),
  };
}
