import type { Http2Session } from 'node:http2';

/** In ms: a client that does not respond must not keep messages from others for longer. */
const MAX_WAIT = 50;

/**
 * Finds out when a client has received what was sent to it, because then it acknowledges a ping that
 * was sent after it. At most one ping is under way, for all calls of the connection.
 */
export class Receipts {
  readonly #session: Http2Session;
  #waiting: (() => void)[] = [];
  #isAsking = false;

  constructor(session: Http2Session) {
    this.#session = session;
  }

  /** Calls back once all that has been sent is received, and also if that cannot be known. */
  onceReceived(callback: () => void): void {
    this.#waiting.push(callback);
    if (!this.#isAsking) this.#ask();
  }

  #ask(): void {
    const callbacks = this.#waiting;
    this.#waiting = [];
    this.#isAsking = true;
    const finish = () => {
      if (callbacks.length === 0) return; // it has responded late
      clearTimeout(timer);
      this.#isAsking = false;
      for (const callback of callbacks.splice(0)) callback();
      if (this.#waiting.length > 0) this.#ask();
    };
    const timer = setTimeout(finish, MAX_WAIT).unref();
    if (this.#session.destroyed) finish();
    else this.#session.ping(finish);
  }
}
