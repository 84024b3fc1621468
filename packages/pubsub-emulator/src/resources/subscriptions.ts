import type { Clock } from 'iex-cli/clock';
import type * as pb from '../protocol/messages.js';
import { notFound, unavailable } from '../protocol/status.js';
import { toDeadLetter } from '../subscriptions/dead-letter.js';
import type { StoredMessage } from '../subscriptions/lease.js';
import { type CreatePushDelivery, Subscription } from '../subscriptions/subscription.js';
import { Collection } from './collection.js';
import { applyFieldMask } from './field-mask.js';
import { toSubscriptionConfig } from './subscription-settings.js';
import type { Topics } from './topics.js';

/** What cannot be changed, and what only the service itself sets. */
const FIXED_FIELDS = [
  'name',
  'topic',
  'filter',
  'enableMessageOrdering',
  'state',
  'detached',
  'topicMessageRetentionDuration',
  'analyticsHubSubscriptionInfo',
] as const;

/**
 * All subscriptions.
 *
 * @throws {PubSubError} by every method that serves a request, with the status that the service
 *   responds with
 */
export class Subscriptions extends Collection<Subscription> {
  readonly #clock: Clock;
  readonly #topics: Topics;
  readonly #createPushDelivery: CreatePushDelivery;

  constructor(clock: Clock, topics: Topics, createPushDelivery: CreatePushDelivery) {
    super('subscriptions');
    this.#clock = clock;
    this.#topics = topics;
    this.#createPushDelivery = createPushDelivery;
  }

  create(requested: pb.Subscription): pb.Subscription {
    this.checkNew(requested.name);
    const topic = this.#topics.get(requested.topic);
    const config = {
      ...this.#check(requested, null),
      detached: false,
      topicMessageRetentionDuration: topic.config.messageRetentionDuration,
    };
    const subscription = new Subscription(
      config,
      this.#clock,
      this.#createPushDelivery,
      (stored, deliveryAttempt) => this.#deadLetter(subscription, stored, deliveryAttempt),
    );
    this.add(config.name, subscription);
    topic.subscriptions.add(subscription);
    return config;
  }

  update(update: pb.Subscription, mask: pb.FieldMask | null): pb.Subscription {
    const subscription = this.get(update.name);
    const config = applyFieldMask('Subscription', subscription.config, update, mask, FIXED_FIELDS);
    subscription.configure(this.#check(config, subscription.config));
    return subscription.config;
  }

  modifyPushConfig(name: string, pushConfig: pb.PushConfig | null): void {
    const subscription = this.get(name);
    const config = { ...subscription.config, pushConfig };
    subscription.configure(this.#check(config, subscription.config));
  }

  /** It stays, without messages, and gets no more. */
  detach(name: string): void {
    const subscription = this.get(name);
    this.#topics.find(subscription.config.topic)?.subscriptions.delete(subscription);
    subscription.detach();
  }

  override delete(name: string): void {
    const subscription = this.get(name);
    super.delete(name);
    this.#topics.find(subscription.config.topic)?.subscriptions.delete(subscription);
    subscription.close(notFound(name));
  }

  list(project: string, request: pb.PageRequest) {
    const { page, nextPageToken } = this.page(project, request);
    return { subscriptions: page.map(({ config }) => config), nextPageToken };
  }

  /** Ends all deliveries. */
  close(): void {
    for (const subscription of this.values()) subscription.close(unavailable());
  }

  /** @param current the subscription's configuration; null if it is a new one */
  #check(requested: pb.Subscription, current: pb.Subscription | null): pb.Subscription {
    const config = toSubscriptionConfig(requested, current);
    const deadLetterTopic = config.deadLetterPolicy?.deadLetterTopic;
    // A dead-letter topic that has been deleted since must not prevent other changes.
    if (deadLetterTopic && deadLetterTopic !== current?.deadLetterPolicy?.deadLetterTopic) {
      this.#topics.get(deadLetterTopic);
    }
    return config;
  }

  #deadLetter(source: Subscription, stored: StoredMessage, deliveryAttempt: number): boolean {
    const { name, deadLetterPolicy } = source.config;
    const topic = this.#topics.find(deadLetterPolicy?.deadLetterTopic ?? '');
    if (!topic) return false; // deleted meanwhile
    this.#topics.forward(topic, toDeadLetter(stored.message, name, deliveryAttempt));
    return true;
  }
}
