import type {
  CreateSchemaRequest,
  GetSchemaRequest,
  ListSchemaRevisionsRequest,
  ListSchemasRequest,
  Schema,
  SchemaRevisionRequest,
  ValidateMessageRequest,
} from '../protocol/schema-messages.js';
import type { Broker } from '../resources/broker.js';
import type { Service } from './service.js';

/** google.pubsub.v1.SchemaService on top of the broker. */
export function schemaService({ schemas, topics }: Broker): Service {
  return {
    CreateSchema: (request: CreateSchemaRequest) => schemas.create(request),
    GetSchema: (request: GetSchemaRequest) => schemas.getView(request),
    ListSchemas: (request: ListSchemasRequest) => schemas.list(request),
    ListSchemaRevisions: (request: ListSchemaRevisionsRequest) => schemas.listRevisions(request),
    CommitSchema: ({ name, schema }: { name: string; schema: Schema | null }) =>
      schemas.commit(name, schema),
    RollbackSchema: (request: SchemaRevisionRequest) => schemas.rollBack(request),
    DeleteSchemaRevision: (request: SchemaRevisionRequest) => schemas.deleteRevision(request),
    DeleteSchema: ({ name }: { name: string }) => {
      schemas.delete(name);
      topics.schemaDeleted(name);
    },
    ValidateSchema: ({ schema }: { schema: Schema | null }) => schemas.validate(schema),
    ValidateMessage: (request: ValidateMessageRequest) => schemas.validateMessage(request),
  };
}
