import type { Health } from '../../src/server/api.js';
import { byId, element, setAttribute, setText } from './dom.js';
import { formatCount, formatDuration, formatRate, formatTime, formatUtc } from './format.js';
import {
  deadLetterLevel,
  LEVEL_WORDS,
  type Level,
  quoteAgeLevel,
  rateLevel,
  windowLagLevel,
} from './levels.js';

/** The content of one figure of the strip. */
interface Figure {
  level: Level;
  value: string;
  note: string;
  /** Shown on hover. */
  title?: string;
}

const NOT_YET: Figure = { level: 'unknown', value: '\u2013', note: 'none yet' };

const FIGURES = {
  quotes: 'Quotes / s',
  rows: 'Rows / s',
  newestQuote: 'Newest quote',
  newestWindow: 'Newest window',
  deadLetters: 'Dead letters',
};

/** The strip of figures that show how the pipeline is doing. */
export class HealthStrip {
  readonly #cells = new Map<string, ReturnType<typeof makeCell>>();

  /** @param onDeadLetters called when the user asks for the dead letters */
  constructor(onDeadLetters: () => void) {
    for (const [key, label] of Object.entries(FIGURES)) {
      const cell = makeCell(label);
      this.#cells.set(key, cell);
      byId('health').append(cell.item);
    }
    const button = element('button', { class: 'link', 'aria-haspopup': 'dialog' }, 'Show');
    button.addEventListener('click', onDeadLetters);
    this.#cells.get('deadLetters')?.item.append(button);
  }

  /** @param now in milliseconds since the epoch: ages grow between the server's reports */
  update(health: Health | null, now: number): void {
    const figures = health ? readFigures(health, now) : {};
    for (const [key, cell] of this.#cells) {
      const figure = figures[key as keyof typeof FIGURES] ?? NOT_YET;
      setAttribute(cell.item, 'data-level', figure.level);
      setText(cell.value, figure.value);
      setText(cell.level, `, ${LEVEL_WORDS[figure.level]}`);
      setText(cell.note, figure.note);
      setAttribute(cell.item, 'title', figure.title ?? '');
    }
  }
}

function makeCell(label: string) {
  const value = element('span', { class: 'value' });
  const level = element('span', { class: 'visually-hidden' });
  const note = element('span', { class: 'note' });
  const item = element('li', {}, element('span', { class: 'label' }, label), value, level, note);
  return { item, value, level, note };
}

function readFigures(health: Health, now: number): Partial<Record<keyof typeof FIGURES, Figure>> {
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
    newestQuote: moment(health.newestQuote, now, quoteAgeLevel, 'at'),
    newestWindow: moment(health.newestWindowEnd, now, windowLagLevel, 'closed'),
    deadLetters: {
      level: deadLetterLevel(health.deadLetters.lastHour),
      value: formatCount(health.deadLetters.lastDay),
      note: `last 24 h, ${formatCount(health.deadLetters.lastHour)} in the last hour`,
    },
  };
}

function moment(
  time: number | null,
  now: number,
  level: (age: number | null) => Level,
  verb: string,
): Figure {
  if (time === null) return NOT_YET;
  return {
    level: level(now - time),
    value: `${formatDuration(now - time)} ago`,
    note: `${verb} ${formatTime(time, now)}`,
    title: formatUtc(time),
  };
}
