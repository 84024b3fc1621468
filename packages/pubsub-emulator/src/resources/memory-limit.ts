import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { resourceExhausted } from '../protocol/status.js';

/** How many bytes are admitted between two looks at the memory. */
const CHECK_AFTER = 1_000_000;

/** In ms; a full collection of a large heap takes seconds. */
const COLLECT_AFTER = 1_000;

/**
 * Refuses messages while the process uses more memory than it may, so that it does not end with all
 * that it holds. What counts is the memory of the whole process, because messages are shared by
 * subscriptions, snapshots and logs, and its garbage is collected before anything is refused.
 */
export class MemoryLimit {
  readonly #maxBytes: number;
  readonly #usedBytes: () => number;
  readonly #collectGarbage: () => void;
  #unchecked = Number.POSITIVE_INFINITY;
  #collectedAt = Number.NEGATIVE_INFINITY;

  /** @param maxBytes Infinity for no limit */
  constructor(maxBytes: number, usedBytes = processMemory, collectGarbage = garbageCollector()) {
    this.#maxBytes = maxBytes;
    this.#usedBytes = usedBytes;
    this.#collectGarbage = collectGarbage;
  }

  /**
   * To be called before as many bytes are kept.
   *
   * @throws {PubSubError} RESOURCE_EXHAUSTED
   */
  admit(bytes: number): void {
    if (this.#maxBytes === Number.POSITIVE_INFINITY) return;
    this.#unchecked += bytes;
    if (this.#unchecked < CHECK_AFTER) return;
    if (this.#isExceeded() && performance.now() - this.#collectedAt > COLLECT_AFTER) {
      this.#collectGarbage();
      this.#collectedAt = performance.now();
    }
    if (this.#isExceeded()) {
      throw resourceExhausted(
        `The Pub/Sub emulator holds more than ${Math.round(this.#maxBytes / 2 ** 20)} MiB. ` +
          'Acknowledge messages, delete subscriptions, or start it with a larger --max-memory.',
      );
    }
    this.#unchecked = 0;
  }

  #isExceeded(): boolean {
    return this.#usedBytes() > this.#maxBytes;
  }
}

/** In bytes: the heap, and buffers outside it, which hold the data of the messages. */
function processMemory(): number {
  const { used_heap_size, external_memory } = getHeapStatistics();
  return used_heap_size + external_memory;
}

/** The engine's collector, which is hidden unless a flag asks for it. */
function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc');
}
