/** When the tests' messages are published. */
export const PUBLISH_TIME = Date.parse('2026-11-22T09:00:00Z');

export interface EventOptions {
  readonly messageId?: string;
  readonly publishTime?: number;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly traceparent?: string;
}

/** A CloudEvent with a Pub/Sub message, as the functions framework hands it to a function. */
export function cloudEvent(json: unknown, options: EventOptions = {}) {
  return {
    ...cloudEventOfText(JSON.stringify(json), options),
    ...(options.traceparent === undefined ? {} : { traceparent: options.traceparent }),
  };
}

/** The same with any text as the message's data. */
export function cloudEventOfText(text: string, options: EventOptions = {}) {
  const { messageId = '77', publishTime = PUBLISH_TIME, attributes = {} } = options;
  return {
    id: messageId,
    specversion: '1.0',
    type: 'google.cloud.pubsub.topic.v1.messagePublished',
    source: '//pubsub.googleapis.com/projects/p/topics/t',
    data: {
      message: {
        data: Buffer.from(text).toString('base64'),
        attributes,
        messageId,
        publishTime: new Date(publishTime).toISOString(),
      },
      subscription: 'projects/p/subscriptions/s',
    },
  };
}
