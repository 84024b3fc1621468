import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import type { FieldMask, PageRequest, PubsubMessage, Topic } from '../protocol/messages.js';
import { invalidArgument } from '../protocol/status.js';
import type { Broker } from '../resources/broker.js';
import { unary } from './unary.js';

/** google.pubsub.v1.Publisher on top of the broker. */
export function publisherService(broker: Broker): UntypedServiceImplementation {
  return {
    CreateTopic: unary((topic: Topic) => broker.topics.create(topic)),
    UpdateTopic: unary((request: { topic: Topic | null; updateMask: FieldMask | null }) => {
      if (!request.topic) throw invalidArgument('The topic to update is missing.');
      return broker.topics.update(request.topic, request.updateMask);
    }),
    GetTopic: unary((request: { topic: string }) => broker.topics.get(request.topic).config),
    DeleteTopic: unary((request: { topic: string }) => {
      broker.topics.delete(request.topic);
      return {};
    }),
    ListTopics: unary((request: PageRequest & { project: string }) =>
      broker.topics.list(request.project, request),
    ),
    ListTopicSubscriptions: unary((request: PageRequest & { topic: string }) =>
      broker.topics.listSubscriptions(request.topic, request),
    ),
    ListTopicSnapshots: unary((request: PageRequest & { topic: string }) =>
      broker.snapshots.listOfTopic(request.topic, request),
    ),
    DetachSubscription: unary((request: { subscription: string }) => {
      broker.subscriptions.detach(request.subscription);
      return {};
    }),
    Publish: unary((request: { topic: string; messages: PubsubMessage[] }) => ({
      messageIds: broker.topics.publish(request.topic, request.messages),
    })),
  };
}
