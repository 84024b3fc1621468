import type { Clock } from 'iex-cli/clock';
import type { CreatePushDelivery } from '../subscriptions/subscription.js';
import { IamPolicies } from './iam-policies.js';
import { MemoryLimit } from './memory-limit.js';
import { Schemas } from './schemas.js';
import { Snapshots } from './snapshots.js';
import { Subscriptions } from './subscriptions.js';
import { Topics } from './topics.js';

/** All resources of one emulator, by kind. */
export class Broker {
  readonly schemas: Schemas;
  readonly topics: Topics;
  readonly subscriptions: Subscriptions;
  readonly iamPolicies: IamPolicies;
  readonly snapshots: Snapshots;

  /** @param maxMemory in bytes, above which nothing more is published */
  constructor(
    clock: Clock,
    createPushDelivery: CreatePushDelivery,
    maxMemory = Number.POSITIVE_INFINITY,
  ) {
    this.schemas = new Schemas(clock);
    this.topics = new Topics(clock, this.schemas, new MemoryLimit(maxMemory));
    this.subscriptions = new Subscriptions(clock, this.topics, createPushDelivery);
    this.snapshots = new Snapshots(clock, this.topics, this.subscriptions);
    this.iamPolicies = new IamPolicies((name) => this.#find(name));
  }

  /**
   * The resource with a full name.
   *
   * @throws {PubSubError} NOT_FOUND; INVALID_ARGUMENT if it is not the name of a resource
   */
  #find(name: string): object {
    switch (name.split('/')[2]) {
      case 'subscriptions':
        return this.subscriptions.get(name);
      case 'snapshots':
        return this.snapshots.get(name);
      case 'schemas':
        return this.schemas.get(name);
      default:
        return this.topics.get(name);
    }
  }

  /** Deletes all resources and messages; subscribers get NOT_FOUND. */
  reset(): void {
    this.subscriptions.clear();
    this.snapshots.clear();
    this.topics.clear();
    this.schemas.clear();
  }

  /** Ends all deliveries. */
  close(): void {
    this.subscriptions.close();
    this.snapshots.close();
  }
}
