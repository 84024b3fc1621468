import type { Clock } from 'iex-cli/clock';
import { toDeadLetter } from './dead-letter.js';
import { applyFieldMask } from './field-mask.js';
import type { StoredMessage } from './message-queue.js';
import { paginate } from './pagination.js';
import {
  type FieldMask,
  type PageRequest,
  type PubsubMessage,
  type PushConfig,
  type Subscription as SubscriptionConfig,
  type Topic as TopicConfig,
  toTimestamp,
} from './protocol.js';
import { checkPublishRequest, messageSize } from './publish-request.js';
import type { PushTransport } from './push-transport.js';
import { type Collection, isProjectName, isResourceName } from './resource-names.js';
import { alreadyExists, invalidArgument, notFound, unavailable } from './status.js';
import { Subscription } from './subscription.js';
import { toSubscriptionConfig } from './subscription-config.js';
import { toTopicConfig } from './topic-config.js';

/** The service's name for the topic of subscriptions that have outlived theirs. */
const DELETED_TOPIC = '_deleted-topic_';

interface Topic {
  config: TopicConfig;
  readonly subscriptions: Set<Subscription>;
}

/** All topics and subscriptions. Methods throw a PubSubError with the status that the service answers. */
export class Broker {
  readonly #clock: Clock;
  readonly #transport: PushTransport;
  readonly #topics = new Map<string, Topic>();
  readonly #subscriptions = new Map<string, Subscription>();
  #nextMessageId: number;

  constructor(clock: Clock, transport: PushTransport) {
    this.#clock = clock;
    this.#transport = transport;
    // In microseconds, so that ids stay unique over restarts as long as fewer than a million a second are given.
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

  /** Its subscriptions remain, with what they hold. */
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

  /** Hands the messages to all subscriptions of the topic and returns their ids. */
  publish(topicName: string, messages: PubsubMessage[]): string[] {
    const topic = this.#topic(topicName);
    checkPublishRequest(messages);
    const stored = messages.map((message) => this.#store(message));
    for (const subscription of topic.subscriptions) {
      for (const message of stored) subscription.queue.enqueue(message);
      subscription.deliver();
    }
    return stored.map(({ message }) => message.messageId);
  }

  createSubscription(requested: SubscriptionConfig): SubscriptionConfig {
    checkName('subscriptions', requested.name);
    if (this.#subscriptions.has(requested.name)) throw alreadyExists(requested.name);
    const topic = this.#topic(requested.topic);
    const config = this.#checkSubscription(requested);
    const subscription = new Subscription(
      config,
      this.#clock,
      this.#transport,
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
    subscription.configure(this.#checkSubscription(config));
    return subscription.config;
  }

  modifyPushConfig(name: string, pushConfig: PushConfig | null): void {
    const subscription = this.getSubscription(name);
    subscription.configure(this.#checkSubscription({ ...subscription.config, pushConfig }));
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

  #checkSubscription(requested: SubscriptionConfig): SubscriptionConfig {
    const config = toSubscriptionConfig(requested);
    if (config.deadLetterPolicy) this.#topic(config.deadLetterPolicy.deadLetterTopic);
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

  #deadLetter(source: Subscription, stored: StoredMessage, deliveryAttempt: number): boolean {
    const { name, deadLetterPolicy } = source.config;
    const topicName = deadLetterPolicy?.deadLetterTopic ?? '';
    if (!this.#topics.has(topicName)) return false; // deleted meanwhile
    this.publish(topicName, [toDeadLetter(stored.message, name, deliveryAttempt)]);
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
