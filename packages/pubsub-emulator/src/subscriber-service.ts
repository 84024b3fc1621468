import type { ServerDuplexStream, UntypedServiceImplementation } from '@grpc/grpc-js';
import type { Clock } from 'iex-cli/clock';
import type { Broker } from './broker.js';
import type {
  FieldMask,
  PageRequest,
  PullRequest,
  PullResponse,
  PushConfig,
  StreamingPullRequest,
  StreamingPullResponse,
  Subscription as SubscriptionConfig,
} from './protocol.js';
import { pull } from './pull.js';
import { failedPrecondition, invalidArgument, unimplemented } from './status.js';
import { serveStreamingPull } from './streaming-pull.js';
import type { Subscription } from './subscription.js';
import { unary } from './unary.js';

/** google.pubsub.v1.Subscriber on top of the broker. */
export function subscriberService(broker: Broker, clock: Clock): UntypedServiceImplementation {
  const pullable = (name: string): Subscription => {
    const subscription = broker.getSubscription(name);
    if (subscription.isPush) {
      throw failedPrecondition('This method is not supported for this subscription type: push.');
    }
    return subscription;
  };

  return {
    CreateSubscription: unary((subscription: SubscriptionConfig) =>
      broker.createSubscription(subscription),
    ),
    GetSubscription: unary(
      (request: { subscription: string }) => broker.getSubscription(request.subscription).config,
    ),
    UpdateSubscription: unary(
      (request: { subscription: SubscriptionConfig | null; updateMask: FieldMask | null }) => {
        if (!request.subscription) throw invalidArgument('The subscription to update is missing.');
        return broker.updateSubscription(request.subscription, request.updateMask);
      },
    ),
    ListSubscriptions: unary((request: PageRequest & { project: string }) =>
      broker.listSubscriptions(request.project, request),
    ),
    DeleteSubscription: unary((request: { subscription: string }) => {
      broker.deleteSubscription(request.subscription);
      return {};
    }),
    ModifyPushConfig: unary((request: { subscription: string; pushConfig: PushConfig | null }) => {
      broker.modifyPushConfig(request.subscription, request.pushConfig);
      return {};
    }),
    Pull: unary<PullRequest, PullResponse>((request, call) =>
      pull(pullable(request.subscription), call, clock),
    ),
    StreamingPull: (call: ServerDuplexStream<StreamingPullRequest, StreamingPullResponse>) =>
      serveStreamingPull(call, pullable),
    Acknowledge: unary((request: { subscription: string; ackIds: string[] }) => {
      const subscription = broker.getSubscription(request.subscription);
      checkNotEmpty(request.ackIds);
      subscription.acknowledge(request.ackIds);
      return {};
    }),
    ModifyAckDeadline: unary(
      (request: { subscription: string; ackIds: string[]; ackDeadlineSeconds: number }) => {
        const subscription = broker.getSubscription(request.subscription);
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
