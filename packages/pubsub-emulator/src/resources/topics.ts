import type { Clock } from 'iex-cli/clock';
import type * as pb from '../protocol/messages.js';
import { toMillis, toTimestamp } from '../protocol/messages.js';
import type { Subscription } from '../subscriptions/subscription.js';
import { Collection } from './collection.js';
import { applyFieldMask } from './field-mask.js';
import type { MemoryLimit } from './memory-limit.js';
import { paginate } from './pagination.js';
import { checkPublishRequest, messageSize } from './publish-request.js';
import { DELETED_SCHEMA, type Schemas } from './schemas.js';
import { TopicLog } from './topic-log.js';
import { toTopicConfig } from './topic-settings.js';

/** The service's name for the topic of subscriptions and snapshots that have outlived theirs. */
export const DELETED_TOPIC = '_deleted-topic_';

const FIXED_FIELDS = ['name', 'state'] as const;

/** A topic: its configuration, and who gets what is published to it. */
export interface Topic {
  config: pb.Topic;
  readonly subscriptions: Set<Subscription>;
  readonly log: TopicLog;
}

/**
 * The response to a publisher. A program may get its own messages, and must know by then that it has
 * published them.
 */
export interface Response {
  /** Calls back once it has been handed to the transport, or nobody waits for it any more. */
  onceSent(callback: () => void): void;
  /** Calls back once the publisher has got it, as far as that can be known. */
  onceReceived(callback: () => void): void;
}

/** Of a publisher that needs none. */
const NO_RESPONSE: Response = {
  onceSent: (callback) => callback(),
  onceReceived: (callback) => callback(),
};

/**
 * All topics.
 *
 * @throws {PubSubError} by every method that serves a request, with the status that the service
 *   responds with
 */
export class Topics extends Collection<Topic> {
  readonly #clock: Clock;
  readonly #schemas: Schemas;
  readonly #memory: MemoryLimit;
  #nextMessageId: number;
  #nextSequence = 0;

  constructor(clock: Clock, schemas: Schemas, memory: MemoryLimit) {
    super('topics');
    this.#clock = clock;
    this.#schemas = schemas;
    this.#memory = memory;
    // In microseconds, so that ids stay unique over restarts as long as fewer than a million a
    // second are given.
    this.#nextMessageId = clock.wallTime() * 1000;
  }

  create(requested: pb.Topic): pb.Topic {
    this.checkNew(requested.name);
    const config = toTopicConfig(requested);
    if (config.schemaSettings) this.#schemas.checkSettings(config.schemaSettings);
    const topic = {
      config,
      subscriptions: new Set<Subscription>(),
      log: new TopicLog(this.#clock),
    };
    topic.log.retention = toMillis(config.messageRetentionDuration);
    this.add(config.name, topic);
    return config;
  }

  update(update: pb.Topic, mask: pb.FieldMask | null): pb.Topic {
    const topic = this.get(update.name);
    const config = toTopicConfig(applyFieldMask('Topic', topic.config, update, mask, FIXED_FIELDS));
    const { schemaSettings } = config;
    // A schema that has been deleted since must not prevent other changes.
    if (schemaSettings && schemaSettings !== topic.config.schemaSettings) {
      this.#schemas.checkSettings(schemaSettings);
    }
    topic.config = config;
    const topicMessageRetentionDuration = config.messageRetentionDuration;
    topic.log.retention = toMillis(topicMessageRetentionDuration);
    for (const subscription of topic.subscriptions) {
      subscription.configure({ ...subscription.config, topicMessageRetentionDuration });
    }
    return topic.config;
  }

  /** Its subscriptions remain, with their messages. */
  override delete(name: string): void {
    for (const subscription of this.get(name).subscriptions) {
      subscription.configure({
        ...subscription.config,
        topic: DELETED_TOPIC,
        topicMessageRetentionDuration: null,
      });
    }
    super.delete(name);
  }

  /** Its topics remain, and refuse all messages. */
  schemaDeleted(name: string): void {
    for (const topic of this.values()) {
      const { schemaSettings } = topic.config;
      if (schemaSettings?.schema === name) {
        topic.config = {
          ...topic.config,
          schemaSettings: { ...schemaSettings, schema: DELETED_SCHEMA },
        };
      }
    }
  }

  list(project: string, request: pb.PageRequest) {
    const { page, nextPageToken } = this.page(project, request);
    return { topics: page.map(({ config }) => config), nextPageToken };
  }

  /** The full names of a topic's subscriptions. */
  listSubscriptions(name: string, request: pb.PageRequest) {
    const names = [...this.get(name).subscriptions].map(({ config }) => config.name);
    const { page, nextPageToken } = paginate(names, (name) => name, request);
    return { subscriptions: page, nextPageToken };
  }

  /**
   * Puts the messages into the queues of all subscriptions of the topic, once their publisher has
   * been told their ids.
   *
   * @returns their ids
   */
  publish(name: string, messages: pb.PubsubMessage[], response: Response = NO_RESPONSE): string[] {
    const topic = this.get(name);
    this.#memory.admit(checkPublishRequest(messages));
    const { schemaSettings } = topic.config;
    const accepted = schemaSettings
      ? this.#schemas.checkMessages(schemaSettings, messages)
      : messages;
    const messageIds = accepted.map(() => this.#nextId());
    const isKept = topic.subscriptions.size > 0 || topic.log.isKept;
    if (!isKept) return messageIds; // nobody will ever get them
    const publishTime = this.#clock.wallTime();
    response.onceSent(() => {
      this.#enqueue(topic, accepted, messageIds, publishTime);
      response.onceReceived(() => deliver(topic));
    });
    return messageIds;
  }

  /**
   * Publishes a message that the emulator itself sends. It is not subject to the limits of a request:
   * attributes that were added to a dead letter may exceed them, and there is no caller to refuse.
   */
  forward(topic: Topic, message: pb.PubsubMessage): void {
    this.#enqueue(topic, [message], [this.#nextId()], this.#clock.wallTime());
    deliver(topic);
  }

  #nextId(): string {
    return String(this.#nextMessageId++);
  }

  #enqueue(
    { subscriptions, log }: Topic,
    messages: readonly pb.PubsubMessage[],
    messageIds: readonly string[],
    wallTime: number,
  ): void {
    const publishTime = toTimestamp(wallTime);
    const publishedAt = this.#clock.now();
    const stored = messages.map(({ data, attributes, orderingKey }, index) => {
      const messageId = messageIds[index] ?? '';
      // A copy: what gRPC decodes is a slice of the whole request, which it would keep in memory.
      const message = { data: Buffer.from(data), attributes, orderingKey, messageId, publishTime };
      return { message, size: messageSize(message), publishedAt, sequence: this.#nextSequence++ };
    });
    log.append(stored);
    for (const subscription of subscriptions) subscription.enqueue(stored);
  }

  /** The sequence of the next message that is published, to any topic. */
  get nextSequence(): number {
    return this.#nextSequence;
  }
}

function deliver({ subscriptions }: Topic): void {
  for (const subscription of subscriptions) subscription.deliver();
}
