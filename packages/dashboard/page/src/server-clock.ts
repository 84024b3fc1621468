/**
 * The server's clock as this page knows it. Ages and dates follow it, because the clock of the
 * viewer's machine may be wrong, or may be set while the page is open.
 */
export class ServerClock {
  /**
   * The difference between the server's clock and the monotonic clock of this page, in
   * milliseconds.
   */
  #offset: number | undefined;
  readonly #monotonic: () => number;

  /** @param monotonic a clock in milliseconds that cannot be set */
  constructor(monotonic: () => number = () => performance.now()) {
    this.#monotonic = monotonic;
  }

  /** Sets the clock to a time that the server has just sent, in milliseconds since the epoch. */
  sync(serverTime: number): void {
    this.#offset = serverTime - this.#monotonic();
  }

  /** Milliseconds since the epoch: by the viewer's machine until the server has sent its time. */
  now(): number {
    return this.#offset === undefined ? Date.now() : this.#offset + this.#monotonic();
  }
}

/** The one clock of this page. */
export const serverClock = new ServerClock();
