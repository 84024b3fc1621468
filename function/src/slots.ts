/** Length of a slot, in ms: one quote of each symbol is taken in every slot. */
export const SLOT_MS = 10_000;

/** Slots of a tick. Six of ten seconds fill the minute until the next alarm. */
export const SLOTS_PER_TICK = 6;

/** One slot of a tick on the monotonic clock: `start` <= t < `end`, in ms. */
export interface Slot {
  readonly index: number;
  readonly start: number;
  readonly end: number;
}

/** What is left of a tick at the moment its message is handled. */
export interface TickPlan {
  /** Age of the tick at that moment, in ms; 0 where the clocks disagree. */
  readonly ageMs: number;
  /** The slot that is under way and those to come; empty for a tick that is over. */
  readonly slots: readonly Slot[];
}

/**
 * Lays the slots of a tick on the monotonic clock. Slot k begins k slots after the message was
 * published, whenever it is handled, so that a redelivered tick never reaches into the next one.
 *
 * @param publishTime when the tick was published, in ms since the Unix epoch; `undefined` is now
 * @param now the wall clock, in ms since the Unix epoch
 * @param monotonic the monotonic clock at the same instant, in ms
 */
export function planTick(
  publishTime: number | undefined,
  now: number,
  monotonic: number,
): TickPlan {
  const ageMs = Math.max(0, now - (publishTime ?? now));
  const origin = monotonic - ageMs;
  const first = Math.floor(ageMs / SLOT_MS);
  const slots: Slot[] = [];
  for (let index = first; index < SLOTS_PER_TICK; index++) {
    slots.push({ index, start: origin + index * SLOT_MS, end: origin + (index + 1) * SLOT_MS });
  }
  return { ageMs, slots };
}
