/** Compares what had to come of a chaos run with what came of it. */
import { type Disturbance, describeDisturbance } from './faults.js';

/** Slots of an alarm, and their length in ms. */
const SLOTS = 6;
const SLOT_MS = 10_000;

/**
 * How long after its end a disturbance can still cost a slot, in ms: a process starts again, and
 * Pub/Sub waits up to 10 s before it pushes the tick again; the function gives up publishing after
 * 20 s.
 */
const AFTERMATH_MS: Partial<Record<Disturbance['kind'], number>> = {
  kill: 20_000,
  pause: 15_000,
  api: 5000,
  cut: 20_000,
};

/** A disturbance that took place; times in ms since the Unix epoch. */
export interface Happened {
  disturbance: Disturbance;
  start: number;
  end: number;
}

/** An alarm that was due. */
export interface Alarm {
  /** The ID of its message; undefined if it was never published. */
  id: string | undefined;
  /** When its first slot began, in ms since the Unix epoch. */
  time: number;
}

/** A quote that was published, perhaps with other content than an earlier one of the same ID. */
export interface PublishedQuote {
  /** ALARM/SYMBOL/SLOT */
  id: string;
  symbol: string;
  /** In ms since the Unix epoch. */
  eventTime: number;
}

/** The rows of one quote and resolution in the database. */
export interface RowGroup {
  symbol: string;
  /** In ms since the Unix epoch. */
  eventTime: number;
  resolutionMinutes: number;
  rows: number;
  /** Of distinct windows. */
  windows: number;
}

export interface Facts {
  symbols: readonly string[];
  resolutions: readonly number[];
  alarms: readonly Alarm[];
  published: readonly PublishedQuote[];
  groups: readonly RowGroup[];
  happened: readonly Happened[];
  /** Slots count that ended before this time, in ms since the Unix epoch. */
  until: number;
}

export interface Account {
  slotsExpected: number;
  slotsPublished: number;
  /** Missing slots by what explains them, and those that nothing explains. */
  explained: Map<string, number>;
  unexplained: string[];
  rowsExpected: number;
  rowsFound: number;
  /** Quotes, each with its resolution, some of whose rows are missing. */
  lost: string[];
  /** Those that have more rows than windows, or rows of two contents. */
  doubled: string[];
  /** Rows of quotes that nobody published. */
  strange: string[];
}

/** Makes up the account of a run. */
export function takeAccount(facts: Facts): Account {
  return { ...accountOfSlots(facts), ...accountOfRows(facts) };
}

function accountOfSlots({ symbols, alarms, published, happened, until }: Facts) {
  const ids = new Set(published.map(({ id }) => id));
  const explained = new Map<string, number>();
  const unexplained: string[] = [];
  let slotsExpected = 0;
  let slotsPublished = 0;
  for (const { id, time } of alarms) {
    for (let slot = 0; slot < SLOTS; slot++) {
      const start = time + slot * SLOT_MS;
      if (start + SLOT_MS > until) continue;
      for (const symbol of symbols) {
        slotsExpected++;
        if (id !== undefined && ids.has(`${id}/${symbol}/${slot}`)) {
          slotsPublished++;
          continue;
        }
        const cause = happened.find((each) => canCost(each, symbol, start));
        const missing = `${symbol} at ${new Date(start).toISOString()}`;
        if (!cause) unexplained.push(missing);
        else {
          const reason = describeDisturbance(cause.disturbance);
          explained.set(reason, (explained.get(reason) ?? 0) + 1);
        }
      }
    }
  }
  return { slotsExpected, slotsPublished, explained, unexplained };
}

/** Whether a disturbance can be the reason that a quote was not taken in a slot. */
function canCost({ disturbance, start, end }: Happened, symbol: string, slot: number): boolean {
  // Messages wait for the runner, which alone needs the disk, and malformed ones are put aside.
  if ('process' in disturbance && disturbance.process === 'runner') return false;
  if (disturbance.kind === 'api' && (disturbance.symbol ?? symbol) !== symbol) return false;
  const aftermath = AFTERMATH_MS[disturbance.kind];
  return aftermath !== undefined && start < slot + SLOT_MS && slot < end + aftermath;
}

function accountOfRows({ resolutions, published, groups }: Facts) {
  const keyOf = (symbol: string, eventTime: number, resolution: number) =>
    `${symbol} ${new Date(eventTime).toISOString()} ${resolution}`;
  const found = new Map(
    groups.map((group) => [keyOf(group.symbol, group.eventTime, group.resolutionMinutes), group]),
  );
  const byId = new Map<string, PublishedQuote[]>();
  for (const quote of published) byId.set(quote.id, [...(byId.get(quote.id) ?? []), quote]);
  const known = new Set<string>();
  const lost: string[] = [];
  const doubled: string[] = [];
  let rowsExpected = 0;
  for (const [id, contents] of byId) {
    const { symbol = '' } = contents[0] ?? {};
    for (const resolution of resolutions) {
      const windows = SLOTS * resolution;
      rowsExpected += windows;
      const keys = new Set(contents.map(({ eventTime }) => keyOf(symbol, eventTime, resolution)));
      for (const key of keys) known.add(key);
      const present = [...keys].flatMap((key) => found.get(key) ?? []);
      const name = `${id}, ${resolution} min`;
      // A repeated slot has one ID and a later content; only one of them may have become rows.
      const rows = present.reduce((sum, group) => sum + group.rows, 0);
      if (present.reduce((sum, group) => sum + group.windows, 0) < windows) lost.push(name);
      if (rows > windows) doubled.push(name);
    }
  }
  const strange = [...found.keys()].filter((key) => !known.has(key));
  const rowsFound = groups.reduce((sum, group) => sum + group.rows, 0);
  return { rowsExpected, rowsFound, lost, doubled, strange };
}
