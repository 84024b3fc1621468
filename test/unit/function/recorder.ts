import { createLogger, type Logger, type LogLevel } from 'iex-function/log';
import type { OutgoingMessage, Publisher } from 'iex-function/publisher';

/** A log entry, parsed. */
export type Entry = Readonly<Record<string, unknown>>;

/** A logger that keeps its entries. */
export function recordingLogger(
  level: LogLevel = 'info',
  secrets: readonly string[] = [],
): {
  log: Logger;
  entries: Entry[];
} {
  const entries: Entry[] = [];
  const write = (line: string) => void entries.push(JSON.parse(line));
  return { log: createLogger({ level, secrets, write }), entries };
}

/** A publisher that keeps its messages, and fails for those that `failure` names. */
export function recordingPublisher(failure: (message: OutgoingMessage) => Error | undefined): {
  publisher: Publisher;
  published: OutgoingMessage[];
} {
  const published: OutgoingMessage[] = [];
  const publisher: Publisher = {
    async publish(message) {
      const error = failure(message);
      if (error) throw error;
      published.push(message);
    },
  };
  return { publisher, published };
}
