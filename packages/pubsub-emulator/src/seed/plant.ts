import type { Schema, Subscription, Topic } from '../protocol/messages.js';
import { fromProtoJson, type JsonObject } from '../protocol/proto-json.js';
import { messageType } from '../protocol/services.js';
import type { Broker } from '../resources/broker.js';
import { type Seed, SeedError } from './seed.js';

/**
 * Creates what a seed declares.
 *
 * @throws {SeedError} if the emulator refuses a resource
 */
export function plant(seed: Seed, { schemas, topics, subscriptions }: Broker): void {
  createEach<Schema>('Schema', seed.schemas, (schema) => {
    const [parent = '', schemaId = ''] = schema.name.split('/schemas/');
    schemas.create({ parent, schemaId, schema });
  });
  createEach<Topic>('Topic', seed.topics, (topic) => topics.create(topic));
  createEach<Subscription>('Subscription', seed.subscriptions, (subscription) =>
    subscriptions.create(subscription),
  );
}

function createEach<T>(
  type: string,
  resources: readonly JsonObject[],
  create: (resource: T) => void,
): void {
  for (const json of resources) {
    try {
      create(fromProtoJson(messageType(type), json) as T);
    } catch (cause) {
      const { message } = cause as Error;
      throw new SeedError(`The seed's ${type.toLowerCase()} ${json.name}: ${message}`, { cause });
    }
  }
}
