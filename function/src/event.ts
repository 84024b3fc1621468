import { z } from 'zod';

/** A Pub/Sub message as it reached the function. */
export interface TickMessage {
  /** Pub/Sub's id of the message. It stays the same when the message is delivered again. */
  readonly id: string;
  /** When the message was published, in ms since the Unix epoch. */
  readonly publishTime: number | undefined;
  readonly attributes: Readonly<Record<string, string>>;
  /** The message's data, parsed as JSON and not yet validated. */
  readonly payload: unknown;
  /** The W3C trace context of the delivery, if it had one. */
  readonly traceparent: string | undefined;
}

/**
 * Thrown for an event that stays invalid however often it is delivered.
 * The message says what is wrong with the event and never repeats its content.
 */
export class MalformedEventError extends Error {
  override readonly name = 'MalformedEventError';
}

const messageSchema = z.object({
  data: z.string(),
  attributes: z.record(z.string(), z.string()).nullish(),
  messageId: z.string().min(1),
  publishTime: z.string().nullish(),
});

/**
 * A CloudEvent `google.cloud.pubsub.topic.v1.messagePublished`, as Eventarc delivers it and as the
 * functions framework makes it from a push envelope. The framework does not convert an envelope
 * without data, so `message` may also be at the top.
 */
const eventSchema = z.union([
  z.object({ data: z.object({ message: messageSchema }), traceparent: z.string().optional() }),
  z
    .object({ message: messageSchema, traceparent: z.string().optional() })
    .transform(({ message, traceparent }) => ({ data: { message }, traceparent })),
]);

/**
 * Reads the Pub/Sub message out of a CloudEvent.
 *
 * @throws {MalformedEventError} if the event is not a Pub/Sub message or its data is not JSON
 */
export function readEvent(event: unknown): TickMessage {
  const parsed = eventSchema.safeParse(event);
  if (!parsed.success) {
    throw new MalformedEventError('the event is not a Pub/Sub message', { cause: parsed.error });
  }
  const { message } = parsed.data.data;
  const publishTime = Date.parse(message.publishTime ?? '');
  return {
    id: message.messageId,
    publishTime: Number.isNaN(publishTime) ? undefined : publishTime,
    attributes: message.attributes ?? {},
    payload: parseJson(Buffer.from(message.data, 'base64').toString('utf8')),
    traceparent: parsed.data.traceparent ?? message.attributes?.googclient_traceparent,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, which must not be logged.
    throw new MalformedEventError("the message's data is not JSON");
  }
}
