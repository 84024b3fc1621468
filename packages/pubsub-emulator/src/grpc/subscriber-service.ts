import type { ServerDuplexStream, UntypedServiceImplementation } from '@grpc/grpc-js';
import type { Clock } from 'iex-cli/clock';
import type {
  FieldMask,
  PageRequest,
  PullRequest,
  PullResponse,
  PushConfig,
  StreamingPullRequest,
  StreamingPullResponse,
  Subscription as SubscriptionConfig,
} from '../protocol/messages.js';
import { failedPrecondition, invalidArgument, unimplemented } from '../protocol/status.js';
import type { Broker } from '../resources/broker.js';
import type { Subscription } from '../subscriptions/subscription.js';
import { pull } from './pull.js';
import { serveStreamingPull } from './streaming-pull.js';
import { unary } from './unary.js';

/** google.pubsub.v1.Subscriber on top of the broker. */
export function subscriberService(broker: Broker, clock: Clock): UntypedServiceImplementation {
  const pullable = (name: string): Subscription => {
    const subscription = broker.subscriptions.get(name);
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
      subscription.acknowledge(request.ackIds);
      return {};
    }),
    ModifyAckDeadline: unary(
      (request: { subscription: string; ackIds: string[]; ackDeadlineSeconds: number }) => {
        const subscription = broker.subscriptions.get(request.subscription);
        checkNotEmpty(request.ackIds);
        subscription.modifyAckDeadlines(
          request.ackIds.map((ackId) => [ackId, request.ackDeadlineSeconds]),
        );
        return {};
      },
    ),
    ...refuseAll('snapshots', [
      'CreateSnapshot',
      'GetSnapshot',
      'ListSnapshots',
      'UpdateSnapshot',
      'DeleteSnapshot',
    ]),
    ...refuseAll('seek', ['Seek']),
  };
}

function checkNotEmpty(ackIds: string[]): void {
  if (ackIds.length === 0) throw invalidArgument('No ack ids specified.');
}

function refuseAll(feature: string, methods: string[]): UntypedServiceImplementation {
  const refuse = unary(() => {
    throw unimplemented(feature);
  });
  return Object.fromEntries(methods.map((method) => [method, refuse]));
}
