import type { UntypedServiceImplementation } from '@grpc/grpc-js';
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
import { unary } from './unary.js';

/** google.pubsub.v1.SchemaService on top of the broker. */
export function schemaService({ schemas, topics }: Broker): UntypedServiceImplementation {
  return {
    CreateSchema: unary((request: CreateSchemaRequest) => schemas.create(request)),
    GetSchema: unary((request: GetSchemaRequest) => schemas.get(request)),
    ListSchemas: unary((request: ListSchemasRequest) => schemas.list(request)),
    ListSchemaRevisions: unary((request: ListSchemaRevisionsRequest) =>
      schemas.listRevisions(request),
    ),
    CommitSchema: unary(({ name, schema }: { name: string; schema: Schema | null }) =>
      schemas.commit(name, schema),
    ),
    RollbackSchema: unary((request: SchemaRevisionRequest) => schemas.rollBack(request)),
    DeleteSchemaRevision: unary((request: SchemaRevisionRequest) =>
      schemas.deleteRevision(request),
    ),
    DeleteSchema: unary(({ name }: { name: string }) => {
      schemas.delete(name);
      topics.schemaDeleted(name);
      return {};
    }),
    ValidateSchema: unary(({ schema }: { schema: Schema | null }) => {
      schemas.validate(schema);
      return {};
    }),
    ValidateMessage: unary((request: ValidateMessageRequest) => {
      schemas.validateMessage(request);
      return {};
    }),
  };
}
