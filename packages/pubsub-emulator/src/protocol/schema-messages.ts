import type { PageRequest, Timestamp } from './messages.js';

/** The part of google.pubsub.v1 about schemas, decoded like `messages.ts`. */
export interface Schema {
  /** `projects/PROJECT/schemas/SCHEMA` */
  name: string;
  type: string;
  definition: string;
  revisionId: string;
  revisionCreateTime: Timestamp | null;
}

/** Which fields of a schema are asked for. */
export type SchemaView = 'SCHEMA_VIEW_UNSPECIFIED' | 'BASIC' | 'FULL';

export interface CreateSchemaRequest {
  parent: string;
  schema: Schema | null;
  schemaId: string;
}

export interface GetSchemaRequest {
  name: string;
  view: SchemaView;
}

export type ListSchemasRequest = PageRequest & { parent: string; view: SchemaView };

export type ListSchemaRevisionsRequest = PageRequest & GetSchemaRequest;

export interface ListSchemasResponse {
  schemas: Schema[];
  nextPageToken: string;
}

export interface SchemaRevisionRequest {
  name: string;
  revisionId: string;
}

export interface ValidateMessageRequest {
  parent: string;
  name?: string;
  schema?: Schema;
  message: Buffer;
  encoding: string;
}
