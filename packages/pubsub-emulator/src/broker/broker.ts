import type { Clock } from 'iex-cli/clock';
import {
  type FieldMask,
  type PageRequest,
  type PubsubMessage,
  type PushConfig,
  type Subscription as SubscriptionConfig,
  type Topic as TopicConfig,
  toTimestamp,
} from '../protocol/messages.js';
import { type Collection, isProjectName, isResourceName } from '../protocol/resource-names.js';
import { alreadyExists, invalidArgument, notFound, unavailable } from '../protocol/status.js';
import type { StoredMessage } from '../queue/message-queue.js';
import { toDeadLetter } from './dead-letter.js';
import { applyFieldMask } from './field-mask.js';
import { paginate } from './pagination.js';
import { checkPublishRequest, messageSize } from './publish-request.js';
import { type CreatePushDelivery, Subscription } from './subscription.js';
import { toSubscriptionConfig } from './subscription-config.js';
import { toTopicConfig } from './topic-config.js';

/** The service's name for the topic of subscriptions that have outlived theirs. */
const DELETED_TOPIC = '_deleted-topic_';

interface Topic {
  config: TopicConfig;
  readonly subscriptions: Set<Subscription>;
}

/**
 * All topics and subscriptions.
 *
 * @throws {PubSubError} by every method that serves a request, with the status that the service
 *   responds with
 */
export class Broker {
  readonly #clock: Clock;
  readonly #createPushDelivery: CreatePushDelivery;
  readonly #topics = new Map<string, Topic>();
  readonly #subscriptions = new Map<string, Subscription>();
  #nextMessageId: number;

  constructor(clock: Clock, createPushDelivery: CreatePushDelivery) {
    this.#clock = clock;
    this.#createPushDelivery = createPushDelivery;
    // In microseconds, so that ids stay unique over restarts as long as fewer than a million a
    // second are given.
    this.#nextMessageId = clock.wallTime() * 1000;
  }

  createTopic(requested: TopicConfig): TopicConfig {
    checkName('topics', requested.name);
    if (this.#topics.has(requested.name)) throw alreadyExists(requested.name);
    const config = toTopicConfig(requested);
    this.#topics.set(config.name, { config, subscriptions: new Set() });
    return config;
  }

  getTopic(name: string): TopicConfig {
    return this.#topic(name).config;
  }

  updateTopic(update: TopicConfig, mask: FieldMask | null): TopicConfig {
    const topic = this.#topic(update.name);
    topic.config = toTopicConfig(applyFieldMask(topic.config, update, mask, ['name', 'state']));
    return topic.config;
  }

  /** Its subscriptions remain, with their messages. */
  deleteTopic(name: string): void {
    for (const subscription of this.#topic(name).subscriptions) {
      subscription.configure({ ...subscription.config, topic: DELETED_TOPIC });
    }
    this.#topics.delete(name);
  }

  listTopics(
    project: string,
    request: PageRequest,
  ): { topics: TopicConfig[]; nextPageToken: string } {
    const topics = [...this.#topics.values()].map(({ config }) => config);
    const { page, nextPageToken } = paginate(inProject(topics, project), nameOf, request);
    return { topics: page, nextPageToken };
  }

  listTopicSubscriptions(
    topicName: string,
    request: PageRequest,
  ): { subscriptions: string[]; nextPageToken: string } {
    const names = [...this.#topic(topicName).subscriptions].map(({ config }) => config.name);
    const { page, nextPageToken } = paginate(names, (name) => name, request);
    return { subscriptions: page, nextPageToken };
  }

  /**
   * Puts the messages into the queues of all subscriptions of the topic.
   *
   * @returns their ids
   */
  publish(topicName: string, messages: PubsubMessage[]): string[] {
    const topic = this.#topic(topicName);
    checkPublishRequest(messages);
    const stored = messages.map((message) => this.#store(message));
    this.#deliver(topic, stored);
    return stored.map(({ message }) => message.messageId);
  }

  createSubscription(requested: SubscriptionConfig): SubscriptionConfig {
    checkName('subscriptions', requested.name);
    if (this.#subscriptions.has(requested.name)) throw alreadyExists(requested.name);
    const topic = this.#topic(requested.topic);
    const config = this.#checkSubscription(requested, null);
    const subscription = new Subscription(
      config,
      this.#clock,
      this.#createPushDelivery,
      (stored, deliveryAttempt) => this.#deadLetter(subscription, stored, deliveryAttempt),
    );
    this.#subscriptions.set(config.name, subscription);
    topic.subscriptions.add(subscription);
    return config;
  }

  getSubscription(name: string): Subscription {
    checkName('subscriptions', name);
    const subscription = this.#subscriptions.get(name);
    if (!subscription) throw notFound(name);
    return subscription;
  }

  updateSubscription(update: SubscriptionConfig, mask: FieldMask | null): SubscriptionConfig {
    const subscription = this.getSubscription(update.name);
    const config = applyFieldMask(subscription.config, update, mask, [
      'name',
      'topic',
      'state',
      'detached',
      'enableMessageOrdering',
      'filter',
    ]);
    subscription.configure(this.#checkSubscription(config, subscription.config));
    return subscription.config;
  }

  modifyPushConfig(name: string, pushConfig: PushConfig | null): void {
    const subscription = this.getSubscription(name);
    const config = { ...subscription.config, pushConfig };
    subscription.configure(this.#checkSubscription(config, subscription.config));
  }

  deleteSubscription(name: string): void {
    const subscription = this.getSubscription(name);
    this.#subscriptions.delete(name);
    this.#topics.get(subscription.config.topic)?.subscriptions.delete(subscription);
    subscription.close(notFound(name));
  }

  listSubscriptions(
    project: string,
    request: PageRequest,
  ): { subscriptions: SubscriptionConfig[]; nextPageToken: string } {
    const configs = [...this.#subscriptions.values()].map(({ config }) => config);
    const { page, nextPageToken } = paginate(inProject(configs, project), nameOf, request);
    return { subscriptions: page, nextPageToken };
  }

  /** Ends all deliveries. */
  close(): void {
    for (const subscription of this.#subscriptions.values()) subscription.close(unavailable());
  }

  #topic(name: string): Topic {
    checkName('topics', name);
    const topic = this.#topics.get(name);
    if (!topic) throw notFound(name);
    return topic;
  }

  /** @param current the subscription's configuration; null if it is a new one */
  #checkSubscription(
    requested: SubscriptionConfig,
    current: SubscriptionConfig | null,
  ): SubscriptionConfig {
    const config = toSubscriptionConfig(requested);
    const deadLetterTopic = config.deadLetterPolicy?.deadLetterTopic;
    // A dead-letter topic that has been deleted since must not prevent other changes.
    if (deadLetterTopic && deadLetterTopic !== current?.deadLetterPolicy?.deadLetterTopic) {
      this.#topic(deadLetterTopic);
    }
    return config;
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

  #deliver({ subscriptions }: Topic, messages: readonly StoredMessage[]): void {
    for (const { queue } of subscriptions) {
      for (const message of messages) queue.enqueue(message);
    }
    for (const subscription of subscriptions) subscription.deliver();
  }

  /**
   * Not subject to the limits of a request: the added attributes may exceed them, and there is no
   * caller to refuse.
   */
  #deadLetter(source: Subscription, stored: StoredMessage, deliveryAttempt: number): boolean {
    const { name, deadLetterPolicy } = source.config;
    const topic = this.#topics.get(deadLetterPolicy?.deadLetterTopic ?? '');
    if (!topic) return false; // deleted meanwhile
    this.#deliver(topic, [this.#store(toDeadLetter(stored.message, name, deliveryAttempt))]);
    return true;
  }
}

function nameOf({ name }: { name: string }): string {
  return name;
}

function inProject<T extends { name: string }>(resources: T[], project: string): T[] {
  if (!isProjectName(project)) throw invalidArgument(`Invalid [projects] name: (name=${project})`);
  return resources.filter(({ name }) => name.startsWith(`${project}/`));
}

function checkName(collection: Collection, name: string): void {
  if (!isResourceName(collection, name)) {
    throw invalidArgument(`Invalid [${collection}] name: (name=${name})`);
  }
}
