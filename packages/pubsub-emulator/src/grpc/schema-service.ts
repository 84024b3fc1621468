import type * as pb from '../protocol/messages.js';
import type { Broker } from '../resources/broker.js';
import type { Service } from './service.js';

/** google.pubsub.v1.SchemaService on top of the broker. */
export function schemaService({ schemas, topics }: Broker): Service {
  return {
    CreateSchema: (request: pb.CreateSchemaRequest) => schemas.create(request),
    GetSchema: (request: pb.GetSchemaRequest) => schemas.getView(request),
    ListSchemas: (request: pb.ListSchemasRequest) => schemas.list(request),
    ListSchemaRevisions: (request: pb.ListSchemaRevisionsRequest) => schemas.listRevisions(request),
    CommitSchema: ({ name, schema }: { name: string; schema: pb.Schema | null }) =>
      schemas.commit(name, schema),
    RollbackSchema: (request: pb.SchemaRevisionRequest) => schemas.rollBack(request),
    DeleteSchemaRevision: (request: pb.SchemaRevisionRequest) => schemas.deleteRevision(request),
    DeleteSchema: ({ name }: { name: string }) => {
      schemas.delete(name);
      topics.schemaDeleted(name);
    },
    ValidateSchema: ({ schema }: { schema: pb.Schema | null }) => schemas.validate(schema),
    ValidateMessage: (request: pb.ValidateMessageRequest) => schemas.validateMessage(request),
  };
}
