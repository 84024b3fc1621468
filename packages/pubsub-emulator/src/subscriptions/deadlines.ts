import type { Clock } from 'iex-cli/clock';

/**
 * Deadlines are rounded up to this many ms, so that one wake-up serves all that fall due together.
 */
const TICK_MS = 25;

/**
 * Items with a deadline each, reported once it has passed, up to one tick late.
 *
 * Setting and deleting take O(1): items are kept in one bucket a tick, and there is a single timer,
 * for the earliest bucket. Deleting leaves the timer alone; at worst it fires once and finds
 * nothing due.
 */
export class Deadlines<T> {
  readonly #clock: Clock;
  readonly #onDue: (items: T[]) => void;
  readonly #buckets = new Map<number, Set<T>>();
  readonly #tickOf = new Map<T, number>();
  #timer: { tick: number; cancel: () => void } | undefined;

  /** `onDue` gets all items that have fallen due since the last call, the earliest first. */
  constructor(clock: Clock, onDue: (items: T[]) => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** Number of items that wait for their deadline. */
  get size(): number {
    return this.#tickOf.size;
  }

  /** Sets or moves the deadline of `item` to `time`, in ms of the clock's monotonic time. */
  set(item: T, time: number): void {
    const tick = Math.ceil(time / TICK_MS);
    if (this.#tickOf.get(item) === tick) return;
    this.delete(item);
    this.#tickOf.set(item, tick);
    const bucket = this.#buckets.get(tick);
    if (bucket) {
      bucket.add(item);
      return;
    }
    this.#buckets.set(tick, new Set([item]));
    this.#wakeAt(tick);
  }

  delete(item: T): void {
    const tick = this.#tickOf.get(item);
    if (tick === undefined) return;
    this.#tickOf.delete(item);
    const bucket = this.#buckets.get(tick);
    bucket?.delete(item);
    if (bucket?.size === 0) this.#buckets.delete(tick);
  }

  /** All items that wait, in no order. */
  values(): Iterable<T> {
    return this.#tickOf.keys();
  }

  /** Forgets all items and stops the timer. */
  clear(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#buckets.clear();
    this.#tickOf.clear();
  }

  #wakeAt(tick: number): void {
    if (this.#timer && this.#timer.tick <= tick) return;
    this.#timer?.cancel();
    const delay = Math.max(0, tick * TICK_MS - this.#clock.now());
    this.#timer = { tick, cancel: this.#clock.schedule(delay, () => this.#wake()) };
  }

  #wake(): void {
    this.#timer = undefined;
    const due = this.#removeDue();
    if (due.length > 0) this.#onDue(due);
    // Once a wake-up, not once an item: the buckets are few, 40 for each second of the longest
    // deadline.
    if (this.#buckets.size > 0) this.#wakeAt(Math.min(...this.#buckets.keys()));
  }

  #removeDue(): T[] {
    // Timers may fire a fraction of a ms early; without this grace that would cost another wake-up.
    const lastTick = Math.floor((this.#clock.now() + 1) / TICK_MS);
    const dueTicks = [...this.#buckets.keys()].filter((tick) => tick <= lastTick);
    const due: T[] = [];
    for (const tick of dueTicks.sort((a, b) => a - b)) {
      for (const item of this.#buckets.get(tick) ?? []) {
        this.#tickOf.delete(item);
        due.push(item);
      }
      this.#buckets.delete(tick);
    }
    return due;
  }
}
