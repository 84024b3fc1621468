import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import type { Broker } from './broker.js';
import type { FieldMask, PageRequest, PubsubMessage, Topic } from './protocol.js';
import { invalidArgument, unimplemented } from './status.js';
import { unary } from './unary.js';

/** google.pubsub.v1.Publisher on top of the broker. */
export function publisherService(broker: Broker): UntypedServiceImplementation {
  return {
    CreateTopic: unary((topic: Topic) => broker.createTopic(topic)),
    UpdateTopic: unary((request: { topic: Topic | null; updateMask: FieldMask | null }) => {
      if (!request.topic) throw invalidArgument('The topic to update is missing.');
      return broker.updateTopic(request.topic, request.updateMask);
    }),
    GetTopic: unary((request: { topic: string }) => broker.getTopic(request.topic)),
    DeleteTopic: unary((request: { topic: string }) => {
      broker.deleteTopic(request.topic);
      return {};
    }),
    ListTopics: unary((request: PageRequest & { project: string }) =>
      broker.listTopics(request.project, request),
    ),
    ListTopicSubscriptions: unary((request: PageRequest & { topic: string }) =>
      broker.listTopicSubscriptions(request.topic, request),
    ),
    ListTopicSnapshots: unary(() => {
      throw unimplemented('snapshots');
    }),
    DetachSubscription: unary(() => {
      throw unimplemented('detaching subscriptions');
    }),
    Publish: unary((request: { topic: string; messages: PubsubMessage[] }) => ({
      messageIds: broker.publish(request.topic, request.messages),
    })),
  };
}
