import type { Clock } from 'iex-cli/clock';
import {
  type FieldMask,
  type PageRequest,
  type PubsubMessage,
  type Topic as TopicConfig,
  toTimestamp,
} from '../protocol/messages.js';
import type { StoredMessage } from '../subscriptions/message-queue.js';
import type { Subscription } from '../subscriptions/subscription.js';
import { Collection } from './collection.js';
import { applyFieldMask } from './field-mask.js';
import { paginate } from './pagination.js';
import { checkPublishRequest, messageSize } from './publish-request.js';
import { toTopicConfig } from './topic-settings.js';

/** The service's name for the topic of subscriptions that have outlived theirs. */
const DELETED_TOPIC = '_deleted-topic_';

/** A topic: its configuration, and the subscriptions that get what is published to it. */
export interface Topic {
  config: TopicConfig;
  readonly subscriptions: Set<Subscription>;
}

/**
 * All topics.
 *
 * @throws {PubSubError} by every method that serves a request, with the status that the service
 *   responds with
 */
export class Topics {
  readonly #clock: Clock;
  readonly #topics = new Collection<Topic>('topics');
  #nextMessageId: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    // In microseconds, so that ids stay unique over restarts as long as fewer than a million a
    // second are given.
    this.#nextMessageId = clock.wallTime() * 1000;
  }

  create(requested: TopicConfig): TopicConfig {
    this.#topics.checkNew(requested.name);
    const config = toTopicConfig(requested);
    this.#topics.add(config.name, { config, subscriptions: new Set() });
    return config;
  }

  get(name: string): Topic {
    return this.#topics.get(name);
  }

  /** The topic, if there is one with this name, which may be any text. */
  find(name: string): Topic | undefined {
    return this.#topics.find(name);
  }

  update(update: TopicConfig, mask: FieldMask | null): TopicConfig {
    const topic = this.get(update.name);
    topic.config = toTopicConfig(applyFieldMask(topic.config, update, mask, ['name', 'state']));
    return topic.config;
  }

  /** Its subscriptions remain, with their messages. */
  delete(name: string): void {
    for (const subscription of this.get(name).subscriptions) {
      subscription.configure({ ...subscription.config, topic: DELETED_TOPIC });
    }
    this.#topics.delete(name);
  }

  list(project: string, request: PageRequest): { topics: TopicConfig[]; nextPageToken: string } {
    const { page, nextPageToken } = this.#topics.list(project, request);
    return { topics: page.map(({ config }) => config), nextPageToken };
  }

  /** The full names of a topic's subscriptions. */
  listSubscriptions(
    name: string,
    request: PageRequest,
  ): { subscriptions: string[]; nextPageToken: string } {
    const names = [...this.get(name).subscriptions].map(({ config }) => config.name);
    const { page, nextPageToken } = paginate(names, (name) => name, request);
    return { subscriptions: page, nextPageToken };
  }

  /**
   * Puts the messages into the queues of all subscriptions of the topic.
   *
   * @returns their ids
   */
  publish(name: string, messages: PubsubMessage[]): string[] {
    const topic = this.get(name);
    checkPublishRequest(messages);
    return this.forward(topic, messages);
  }

  /**
   * Publishes messages that the emulator itself sends. They are not subject to the limits of a
   * request: attributes that were added to a dead letter may exceed them, and there is no caller to
   * refuse.
   *
   * @returns their ids
   */
  forward({ subscriptions }: Topic, messages: PubsubMessage[]): string[] {
    const stored = messages.map((message) => this.#store(message));
    for (const { queue } of subscriptions) {
      for (const message of stored) queue.enqueue(message);
    }
    for (const subscription of subscriptions) subscription.deliver();
    return stored.map(({ message }) => message.messageId);
  }

  #store(message: PubsubMessage): StoredMessage {
    return {
      message: {
        // A copy: what gRPC decodes is a slice of the whole request, which it would keep in memory.
        data: Buffer.from(message.data),
        attributes: message.attributes,
        orderingKey: message.orderingKey,
        messageId: String(this.#nextMessageId++),
        publishTime: toTimestamp(this.#clock.wallTime()),
      },
      size: messageSize(message),
      publishedAt: this.#clock.now(),
    };
  }
}
