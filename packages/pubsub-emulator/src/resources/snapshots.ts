import { randomBytes } from 'node:crypto';
import type { Clock } from 'iex-cli/clock';
import type * as pb from '../protocol/messages.js';
import { toMillis, toTimestamp } from '../protocol/messages.js';
import { projectId } from '../protocol/resource-names.js';
import { failedPrecondition, invalidArgument } from '../protocol/status.js';
import type { StoredMessage } from '../subscriptions/lease.js';
import { detachedError, type Subscription } from '../subscriptions/subscription.js';
import { Collection } from './collection.js';
import { applyFieldMask } from './field-mask.js';
import { checkLabels } from './labels.js';
import { paginate } from './pagination.js';
import type { Subscriptions } from './subscriptions.js';
import { DELETED_TOPIC, type Topic, type Topics } from './topics.js';
import { refuseUnsupported } from './unsupported.js';

const HOUR = 60 * 60_000;
// https://cloud.google.com/pubsub/docs/replay-overview#snapshot_overview
const MAXIMUM_LIFETIME = 7 * 24 * HOUR;
const MINIMUM_LIFETIME = HOUR;

const FIXED_FIELDS = ['name', 'topic', 'expireTime'];

/** What a subscription had not acknowledged at one time, and all that came to its topic since. */
interface Snapshot {
  config: pb.Snapshot;
  readonly topic: Topic;
  readonly backlog: readonly StoredMessage[];
  /** Sequence of the first message that was published after it was created. */
  readonly end: number;
  /** Lets go of all that it keeps. */
  release(): void;
}

/**
 * All snapshots, and seeking to them or to a time.
 *
 * @throws {PubSubError} by every method that serves a request, with the status that the service
 *   responds with
 */
export class Snapshots extends Collection<Snapshot> {
  readonly #clock: Clock;
  readonly #topics: Topics;
  readonly #subscriptions: Subscriptions;

  constructor(clock: Clock, topics: Topics, subscriptions: Subscriptions) {
    super('snapshots');
    this.#clock = clock;
    this.#topics = topics;
    this.#subscriptions = subscriptions;
  }

  create(request: pb.CreateSnapshotRequest): pb.Snapshot {
    const name = request.name || randomName(request.subscription);
    this.checkNew(name);
    const { subscription, topic } = this.#attached(request.subscription);
    checkLabels(request.labels);
    refuseUnsupported('CreateSnapshotRequest', request);
    const backlog = subscription.queue.unacknowledged();
    const lifetime = this.#lifetime(backlog);
    const end = this.#topics.nextSequence;
    const stopKeeping = topic.log.keepFrom(end);
    const cancelTimer = this.#clock.schedule(lifetime, () => this.delete(name));
    const config = {
      name,
      topic: topic.config.name,
      expireTime: toTimestamp(Math.floor(this.#clock.wallTime() + lifetime)),
      labels: request.labels,
    };
    const release = () => {
      stopKeeping();
      cancelTimer();
    };
    this.add(name, { config, topic, backlog, end, release });
    return config;
  }

  getConfig(name: string): pb.Snapshot {
    return this.#describe(this.get(name));
  }

  update(update: pb.Snapshot, mask: pb.FieldMask | null): pb.Snapshot {
    const snapshot = this.get(update.name);
    const config = applyFieldMask('Snapshot', snapshot.config, update, mask, FIXED_FIELDS);
    checkLabels(config.labels);
    snapshot.config = config;
    return this.#describe(snapshot);
  }

  override delete(name: string): void {
    this.get(name).release();
    super.delete(name);
  }

  list(project: string, request: pb.PageRequest) {
    const { page, nextPageToken } = this.page(project, request);
    return { snapshots: page.map((snapshot) => this.#describe(snapshot)), nextPageToken };
  }

  /** The full names of a topic's snapshots. */
  listOfTopic(topicName: string, request: pb.PageRequest) {
    const topic = this.#topics.get(topicName);
    const names = [...this.values()]
      .filter((snapshot) => snapshot.topic === topic)
      .map(({ config }) => config.name);
    const { page, nextPageToken } = paginate(names, (name) => name, request);
    return { snapshots: page, nextPageToken };
  }

  /** https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions/seek */
  seek(request: pb.SeekRequest): void {
    if (request.snapshot) this.#seekToSnapshot(request.subscription, request.snapshot);
    else if (request.time) this.#seekToTime(request.subscription, toMillis(request.time));
    else throw invalidArgument('The request must have a time or a snapshot to seek to.');
  }

  /** Lets go of everything. */
  close(): void {
    for (const { release } of this.values()) release();
  }

  #seekToTime(subscriptionName: string, time: number): void {
    const subscription = this.#subscriptions.get(subscriptionName);
    if (subscription.config.detached) throw detachedError();
    const topic = this.#topics.find(subscription.config.topic);
    subscription.seek(
      ({ message }) => toMillis(message.publishTime) < time,
      topic?.log.retained() ?? [],
    );
  }

  #seekToSnapshot(subscriptionName: string, snapshotName: string): void {
    const snapshot = this.get(snapshotName);
    const { subscription, topic } = this.#attached(subscriptionName);
    if (snapshot.topic !== topic) {
      throw invalidArgument('The snapshot and the subscription must be of the same topic.');
    }
    const { backlog, end } = snapshot;
    const unacknowledged = new Set(backlog);
    subscription.seek(
      (stored) => stored.sequence < end && !unacknowledged.has(stored),
      [...backlog, ...topic.log.since(end)],
    );
  }

  #attached(name: string): { subscription: Subscription; topic: Topic } {
    const subscription = this.#subscriptions.get(name);
    if (subscription.config.detached) throw detachedError();
    const topic = this.#topics.find(subscription.config.topic);
    if (!topic) throw failedPrecondition('The topic of the subscription has been deleted.');
    return { subscription, topic };
  }

  /** In ms. */
  #lifetime(backlog: readonly StoredMessage[]): number {
    const now = this.#clock.now();
    const oldest = backlog.reduce((time, { publishedAt }) => Math.min(time, publishedAt), now);
    const lifetime = MAXIMUM_LIFETIME - (now - oldest);
    if (lifetime < MINIMUM_LIFETIME) {
      throw failedPrecondition(
        'The backlog of the subscription is too old: the snapshot would expire in less than 1 hour.',
      );
    }
    return lifetime;
  }

  #describe({ config, topic }: Snapshot): pb.Snapshot {
    const exists = this.#topics.find(config.topic) === topic;
    return exists ? config : { ...config, topic: DELETED_TOPIC };
  }
}

function randomName(subscriptionName: string): string {
  return `projects/${projectId(subscriptionName)}/snapshots/snapshot-${randomBytes(8).toString('hex')}`;
}
