import type { Clock } from 'iex-cli/clock';
import type { CreatePushDelivery } from '../subscriptions/subscription.js';
import { Snapshots } from './snapshots.js';
import { Subscriptions } from './subscriptions.js';
import { Topics } from './topics.js';

/** All resources of one emulator, by kind. */
export class Broker {
  readonly topics: Topics;
  readonly subscriptions: Subscriptions;
  readonly snapshots: Snapshots;

  constructor(clock: Clock, createPushDelivery: CreatePushDelivery) {
    this.topics = new Topics(clock);
    this.subscriptions = new Subscriptions(clock, this.topics, createPushDelivery);
    this.snapshots = new Snapshots(clock, this.topics, this.subscriptions);
  }

  /** Ends all deliveries. */
  close(): void {
    this.subscriptions.close();
    this.snapshots.close();
  }
}
