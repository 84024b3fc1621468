import { z } from 'zod';
import { eventTimeSchema } from './timestamp';

/** A quote as the pipeline carries it. */
export interface Quote {
  symbol: string;
  latest_price: number;
  /** When the quote was observed, in microseconds since the epoch. */
  event_time: number;
}

/** The steps that refuse: the first three a message, the last, which is BigQuery's, a row. */
export const STAGES = ['decode', 'parse', 'validate', 'write'] as const;
export type Stage = (typeof STAGES)[number];

/** What the pipeline refuses: a row of the dead-letter table. */
export interface DeadLetter {
  /** The message as text, or in base64 where it is not UTF-8 (stage `decode`); the row as JSON (stage `write`). */
  payload: string;
  /** Why it was refused, for a person to read. */
  reason: string;
  stage: Stage;
  /** When it was refused, in microseconds since the epoch. */
  dead_letter_time: number;
}

export type ParsedMessage = { quote: Quote } | { deadLetter: DeadLetter };

/** No share costs as much, in dollars; a price near the largest number there is would make its mean infinite. */
const HIGHEST_PRICE = 1e9;

/** A message of the topic `iex-aggregate`. Fields beyond these are allowed and ignored. */
const messageSchema = z.object({
  symbol: z
    .string()
    .regex(/\S/, 'is blank')
    .regex(/^\P{C}*$/u, 'has control characters'),
  latest_price: z.number().positive().lt(HIGHEST_PRICE),
  event_time: eventTimeSchema.optional(),
});

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads a message's payload. Never throws: what cannot be read comes back as a dead letter.
 *
 * @param payload UTF-8 JSON: `{"symbol", "latest_price", "event_time"?}`
 * @param publishTime when the message was published, in microseconds since the epoch, to stand in for a missing event
 *   time; undefined where it was not published but read from a file
 */
export function parseMessage(payload: Uint8Array, publishTime: number | undefined): ParsedMessage {
  const refuse = (stage: Stage, text: string, reason: string): ParsedMessage => ({
    deadLetter: { payload: text, reason, stage, dead_letter_time: Date.now() * 1000 },
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

  const message = messageSchema.safeParse(json);
  if (!message.success) {
    const reasons = message.error.issues.map(({ path, message }) => [...path, message].join(': '));
    return refuse('validate', text, reasons.join('; '));
  }
  const { symbol, latest_price, event_time = publishTime } = message.data;
  if (event_time === undefined) {
    return refuse('validate', text, 'event_time: missing, and no publish time to stand in for it');
  }
  return { quote: { symbol, latest_price, event_time } };
}
