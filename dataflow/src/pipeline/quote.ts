import { quoteMessageSchema } from 'iex-contract';

/** A quote as the pipeline carries it. */
export interface Quote {
  symbol: string;
  latest_price: number;
  /** When the quote was observed, in microseconds since the epoch. */
  event_time: number;
}

/** The stages that can refuse: three refuse a message, and the last one, BigQuery's, a row. */
export const STAGES = ['decode', 'parse', 'validate', 'write'] as const;
export type Stage = (typeof STAGES)[number];

/** A message or row that the pipeline refuses: a row of the dead-letter table. */
export interface DeadLetter {
  /**
   * The message as text, or in base64 if it is not UTF-8 (stage `decode`); the row as JSON (stage
   * `write`). At most `MAX_DEAD_LETTER_PAYLOAD` characters are kept.
   */
  payload: string;
  /** Why it was refused, in words. */
  reason: string;
  stage: Stage;
  /** When it was refused, in microseconds since the epoch. */
  dead_letter_time: number;
}

export type ParsedMessage = { quote: Quote } | { deadLetter: DeadLetter };

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The most characters of its payload that a dead letter keeps, far below the 10 MB that a row may
 * have in BigQuery's Storage Write API (https://cloud.google.com/bigquery/quotas#write-api-limits).
 */
export const MAX_DEAD_LETTER_PAYLOAD = 65_536;

/**
 * Makes a dead letter. A payload that is too long is cut, and the reason then says how long it was.
 *
 * @param text the payload as text, or its beginning
 * @param bytes length of the whole payload
 */
export function makeDeadLetter(
  stage: Stage,
  text: string,
  reason: string,
  bytes: number,
): DeadLetter {
  const isCut = text.length > MAX_DEAD_LETTER_PAYLOAD;
  return {
    // The last character may have been cut in half.
    payload: isCut ? text.slice(0, MAX_DEAD_LETTER_PAYLOAD).replace(/[\uD800-\uDBFF]$/, '') : text,
    reason: isCut
      ? `${reason} (payload of ${bytes} bytes, cut after ${MAX_DEAD_LETTER_PAYLOAD} characters)`
      : reason,
    stage,
    dead_letter_time: Date.now() * 1000,
  };
}

/**
 * Reads a message's payload. Never throws: returns a payload that cannot be read as a dead letter.
 *
 * @param payload a `QuoteMessage` as UTF-8 JSON
 * @param publishTime when the message was published, in microseconds since the epoch; it replaces
 *   a missing event time. `undefined` if the message was not published but read from a file
 */
export function parseMessage(payload: Uint8Array, publishTime: number | undefined): ParsedMessage {
  const refuse = (stage: Stage, text: string, reason: string): ParsedMessage => ({
    deadLetter: makeDeadLetter(stage, text, reason, payload.length),
  });

  let text: string;
  try {
    text = utf8.decode(payload);
  } catch {
    return refuse('decode', Buffer.from(payload).toString('base64'), 'not UTF-8; kept in base64');
  }

  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return refuse('parse', text, `not JSON: ${(error as SyntaxError).message}`);
  }

  const message = quoteMessageSchema.safeParse(json);
  if (!message.success) {
    const reasons = message.error.issues.map(({ path, message }) => [...path, message].join(': '));
    return refuse('validate', text, reasons.join('; '));
  }
  const { symbol, latest_price, event_time = publishTime } = message.data;
  if (event_time === undefined) {
    return refuse(
      'validate',
      text,
      'event_time: missing, and there is no publish time to replace it',
    );
  }
  return { quote: { symbol, latest_price, event_time } };
}
