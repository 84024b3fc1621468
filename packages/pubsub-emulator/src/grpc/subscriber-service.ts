import type { Clock } from 'iex-cli/clock';
import type * as pb from '../protocol/messages.js';
import { failedPrecondition, invalidArgument, required } from '../protocol/status.js';
import type { Broker } from '../resources/broker.js';
import { detachedError, type Subscription } from '../subscriptions/subscription.js';
import { checkAckFailures } from './ack-results.js';
import { pull } from './pull.js';
import type { Call, Service, StreamingCall } from './service.js';
import { serveStreamingPull } from './streaming-pull.js';

/** google.pubsub.v1.Subscriber on top of the broker. */
export function subscriberService(broker: Broker, clock: Clock): Service {
  const pullable = (name: string): Subscription => {
    const subscription = broker.subscriptions.get(name);
    if (subscription.config.detached) throw detachedError();
    if (subscription.isPush) {
      throw failedPrecondition('This method is not supported for this subscription type: push.');
    }
    return subscription;
  };

  return {
    CreateSubscription: (subscription: pb.Subscription) =>
      broker.subscriptions.create(subscription),
    GetSubscription: (request: { subscription: string }) =>
      broker.subscriptions.get(request.subscription).config,
    UpdateSubscription: (request: {
      subscription: pb.Subscription | null;
      updateMask: pb.FieldMask | null;
    }) =>
      broker.subscriptions.update(
        required(request.subscription, 'subscription to update'),
        request.updateMask,
      ),
    ListSubscriptions: (request: pb.PageRequest & { project: string }) =>
      broker.subscriptions.list(request.project, request),
    DeleteSubscription: (request: { subscription: string }) =>
      broker.subscriptions.delete(request.subscription),
    ModifyPushConfig: (request: { subscription: string; pushConfig: pb.PushConfig | null }) =>
      broker.subscriptions.modifyPushConfig(request.subscription, request.pushConfig),
    Pull: (request: pb.PullRequest, call: Call) =>
      pull(pullable(request.subscription), request, call, clock),
    StreamingPull: (call: StreamingCall<pb.StreamingPullRequest, pb.StreamingPullResponse>) =>
      serveStreamingPull(call, pullable),
    Acknowledge: (request: { subscription: string; ackIds: string[] }) => {
      const subscription = broker.subscriptions.get(request.subscription);
      checkNotEmpty(request.ackIds);
      checkAckFailures(subscription.acknowledge(request.ackIds));
    },
    ModifyAckDeadline: (request: {
      subscription: string;
      ackIds: string[];
      ackDeadlineSeconds: number;
    }) => {
      const subscription = broker.subscriptions.get(request.subscription);
      checkNotEmpty(request.ackIds);
      const failures = subscription.modifyAckDeadlines(
        request.ackIds.map((ackId) => [ackId, request.ackDeadlineSeconds]),
      );
      checkAckFailures(failures);
    },
    CreateSnapshot: (request: pb.CreateSnapshotRequest) => broker.snapshots.create(request),
    GetSnapshot: (request: { snapshot: string }) => broker.snapshots.getConfig(request.snapshot),
    UpdateSnapshot: (request: { snapshot: pb.Snapshot | null; updateMask: pb.FieldMask | null }) =>
      broker.snapshots.update(required(request.snapshot, 'snapshot to update'), request.updateMask),
    ListSnapshots: (request: pb.PageRequest & { project: string }) =>
      broker.snapshots.list(request.project, request),
    DeleteSnapshot: (request: { snapshot: string }) => broker.snapshots.delete(request.snapshot),
    Seek: (request: pb.SeekRequest) => broker.snapshots.seek(request),
  };
}

function checkNotEmpty(ackIds: string[]): void {
  if (ackIds.length === 0) throw invalidArgument('No ack ids specified.');
}
