import type * as pb from '../protocol/messages.js';
import { required } from '../protocol/status.js';
import type { Broker } from '../resources/broker.js';
import type { Call, Service } from './service.js';

/** google.pubsub.v1.Publisher on top of the broker. */
export function publisherService(broker: Broker): Service {
  return {
    CreateTopic: (topic: pb.Topic) => broker.topics.create(topic),
    UpdateTopic: (request: { topic: pb.Topic | null; updateMask: pb.FieldMask | null }) =>
      broker.topics.update(required(request.topic, 'topic to update'), request.updateMask),
    GetTopic: (request: { topic: string }) => broker.topics.get(request.topic).config,
    DeleteTopic: (request: { topic: string }) => broker.topics.delete(request.topic),
    ListTopics: (request: pb.PageRequest & { project: string }) =>
      broker.topics.list(request.project, request),
    ListTopicSubscriptions: (request: pb.PageRequest & { topic: string }) =>
      broker.topics.listSubscriptions(request.topic, request),
    ListTopicSnapshots: (request: pb.PageRequest & { topic: string }) =>
      broker.snapshots.listOfTopic(request.topic, request),
    DetachSubscription: (request: { subscription: string }) =>
      broker.subscriptions.detach(request.subscription),
    Publish: (request: { topic: string; messages: pb.PubsubMessage[] }, call: Call) => ({
      messageIds: broker.topics.publish(request.topic, request.messages, call),
    }),
  };
}
