import type { ServerDuplexStream, UntypedServiceImplementation } from '@grpc/grpc-js';
import type { Clock } from 'iex-cli/clock';
import type {
  CreateSnapshotRequest,
  FieldMask,
  PageRequest,
  PullRequest,
  PullResponse,
  PushConfig,
  SeekRequest,
  Snapshot,
  StreamingPullRequest,
  StreamingPullResponse,
  Subscription as SubscriptionConfig,
} from '../protocol/messages.js';
import { failedPrecondition, invalidArgument } from '../protocol/status.js';
import type { Broker } from '../resources/broker.js';
import { detachedError, type Subscription } from '../subscriptions/subscription.js';
import { checkAckFailures } from './ack-results.js';
import { pull } from './pull.js';
import { serveStreamingPull } from './streaming-pull.js';
import { unary } from './unary.js';

/** google.pubsub.v1.Subscriber on top of the broker. */
export function subscriberService(broker: Broker, clock: Clock): UntypedServiceImplementation {
  const pullable = (name: string): Subscription => {
    const subscription = broker.subscriptions.get(name);
    if (subscription.config.detached) throw detachedError();
    if (subscription.isPush) {
      throw failedPrecondition('This method is not supported for this subscription type: push.');
    }
    return subscription;
  };

  return {
    CreateSubscription: unary((subscription: SubscriptionConfig) =>
      broker.subscriptions.create(subscription),
    ),
    GetSubscription: unary(
      (request: { subscription: string }) => broker.subscriptions.get(request.subscription).config,
    ),
    UpdateSubscription: unary(
      (request: { subscription: SubscriptionConfig | null; updateMask: FieldMask | null }) => {
        if (!request.subscription) throw invalidArgument('The subscription to update is missing.');
        return broker.subscriptions.update(request.subscription, request.updateMask);
      },
    ),
    ListSubscriptions: unary((request: PageRequest & { project: string }) =>
      broker.subscriptions.list(request.project, request),
    ),
    DeleteSubscription: unary((request: { subscription: string }) => {
      broker.subscriptions.delete(request.subscription);
      return {};
    }),
    ModifyPushConfig: unary((request: { subscription: string; pushConfig: PushConfig | null }) => {
      broker.subscriptions.modifyPushConfig(request.subscription, request.pushConfig);
      return {};
    }),
    Pull: unary<PullRequest, PullResponse>((request, call) =>
      pull(pullable(request.subscription), call, clock),
    ),
    StreamingPull: (call: ServerDuplexStream<StreamingPullRequest, StreamingPullResponse>) =>
      serveStreamingPull(call, pullable),
    Acknowledge: unary((request: { subscription: string; ackIds: string[] }) => {
      const subscription = broker.subscriptions.get(request.subscription);
      checkNotEmpty(request.ackIds);
      checkAckFailures(subscription.acknowledge(request.ackIds));
      return {};
    }),
    ModifyAckDeadline: unary(
      (request: { subscription: string; ackIds: string[]; ackDeadlineSeconds: number }) => {
        const subscription = broker.subscriptions.get(request.subscription);
        checkNotEmpty(request.ackIds);
        const failures = subscription.modifyAckDeadlines(
          request.ackIds.map((ackId) => [ackId, request.ackDeadlineSeconds]),
        );
        checkAckFailures(failures);
        return {};
      },
    ),
    CreateSnapshot: unary((request: CreateSnapshotRequest) => broker.snapshots.create(request)),
    GetSnapshot: unary((request: { snapshot: string }) => broker.snapshots.get(request.snapshot)),
    UpdateSnapshot: unary(
      (request: { snapshot: Snapshot | null; updateMask: FieldMask | null }) => {
        if (!request.snapshot) throw invalidArgument('The snapshot to update is missing.');
        return broker.snapshots.update(request.snapshot, request.updateMask);
      },
    ),
    ListSnapshots: unary((request: PageRequest & { project: string }) =>
      broker.snapshots.list(request.project, request),
    ),
    DeleteSnapshot: unary((request: { snapshot: string }) => {
      broker.snapshots.delete(request.snapshot);
      return {};
    }),
    Seek: unary((request: SeekRequest) => {
      broker.snapshots.seek(request);
      return {};
    }),
  };
}

function checkNotEmpty(ackIds: string[]): void {
  if (ackIds.length === 0) throw invalidArgument('No ack ids specified.');
}
