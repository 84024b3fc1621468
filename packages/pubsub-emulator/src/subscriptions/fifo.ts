/**
 * Heads left behind before the array is cut: rare enough to be amortised, small enough to waste
 * little.
 */
const COMPACT_AFTER = 1024;

/**
 * A first-in, first-out queue; both operations take O(1) amortised, unlike `Array.prototype.shift`.
 */
export class Fifo<T> {
  #items: (T | undefined)[] = [];
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** The oldest item, which stays in the queue. */
  peek(): T | undefined {
    return this.#items[this.#head];
  }

  /** The item behind `index` older ones. */
  at(index: number): T | undefined {
    return index < 0 ? undefined : this.#items[this.#head + index];
  }

  /** Removes and returns the oldest item. */
  shift(): T | undefined {
    if (this.size === 0) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined; // lets go of the item before the array is cut
    this.#head += 1;
    if (this.#head >= COMPACT_AFTER && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  /**
   * Removes the oldest items, as long as `test` holds.
   *
   * @returns how many
   */
  shiftWhile(test: (item: T) => boolean): number {
    let count = 0;
    for (let item = this.peek(); item !== undefined && test(item); item = this.peek()) {
      this.shift();
      count += 1;
    }
    return count;
  }

  /** From the oldest on. */
  *[Symbol.iterator](): Iterator<T> {
    for (let index = this.#head; index < this.#items.length; index++) {
      yield this.#items[index] as T; // only those before the head are undefined
    }
  }

  clear(): void {
    this.#items = [];
    this.#head = 0;
  }
}
