import type { Clock } from 'iex-cli/clock';
import type { CreatePushDelivery } from '../subscriptions/subscription.js';
import { Subscriptions } from './subscriptions.js';
import { Topics } from './topics.js';

/** All resources of one emulator, by kind. */
export class Broker {
  readonly topics: Topics;
  readonly subscriptions: Subscriptions;

  constructor(clock: Clock, createPushDelivery: CreatePushDelivery) {
    this.topics = new Topics(clock);
    this.subscriptions = new Subscriptions(clock, this.topics, createPushDelivery);
  }

  /** Ends all deliveries. */
  close(): void {
    this.subscriptions.close();
  }
}
