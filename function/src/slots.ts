/** Length of a slot, in ms: one quote of each symbol is taken in every slot. */
export const SLOT_MS = 10_000;

/** Slots of a tick. Six of ten seconds fill the minute until the next alarm. */
export const SLOTS_PER_TICK = 6;

/** Length of a tick, in ms. One of this age is over. */
export const TICK_MS = SLOTS_PER_TICK * SLOT_MS;

/** One slot of a tick on the monotonic clock: `start` <= t < `end`, in ms. */
export interface Slot {
  readonly index: number;
  readonly start: number;
  readonly end: number;
}

/**
 * How old a tick is, in ms; 0 if it comes from a clock that is ahead.
 *
 * @param publishTime when it was published, in ms since the Unix epoch; `undefined` is now
 * @param wallTime the wall clock at that moment, in ms since the Unix epoch
 */
export function tickAge(publishTime: number | undefined, wallTime: number): number {
  return Math.max(0, wallTime - (publishTime ?? wallTime));
}

/**
 * The slots that are left of a tick: the current one and those to come. Slot k begins k slots after
 * the tick was published, no matter when its message is handled, so that a redelivered tick never
 * overlaps the next one.
 *
 * @param ageMs age of the tick, in ms
 * @param now the monotonic clock at that moment, in ms
 */
export function slotsLeft(ageMs: number, now: number): Slot[] {
  const origin = now - ageMs;
  const slots: Slot[] = [];
  for (let index = Math.floor(ageMs / SLOT_MS); index < SLOTS_PER_TICK; index++) {
    slots.push({ index, start: origin + index * SLOT_MS, end: origin + (index + 1) * SLOT_MS });
  }
  return slots;
}
