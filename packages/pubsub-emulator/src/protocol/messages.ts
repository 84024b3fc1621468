/**
 * The part of google.pubsub.v1 and google.iam.v1 that the emulator reads and writes, as it is
 * decoded: every field is present, 64-bit integers are numbers, unset messages are null, and unset
 * members of a oneof are absent.
 */
export interface Duration {
  seconds: number;
  nanos: number;
}

export type Timestamp = Duration;

export interface Topic {
  name: string;
  labels: Record<string, string>;
  messageStoragePolicy: { allowedPersistenceRegions: string[] } | null;
  kmsKeyName: string;
  schemaSettings: SchemaSettings | null;
  messageRetentionDuration: Duration | null;
  state: string;
  ingestionDataSourceSettings: object | null;
  messageTransforms: object[];
  tags: Record<string, string>;
}

/** How the messages of a topic are checked. */
export interface SchemaSettings {
  schema: string;
  encoding: string;
  firstRevisionId: string;
  lastRevisionId: string;
}

export interface PushConfig {
  pushEndpoint: string;
  attributes: Record<string, string>;
  oidcToken?: OidcToken;
  pubsubWrapper?: object;
  noWrapper?: { writeMetadata: boolean };
}

export interface OidcToken {
  serviceAccountEmail: string;
  /** Empty for the endpoint. */
  audience: string;
}

export interface RetryPolicy {
  minimumBackoff: Duration | null;
  maximumBackoff: Duration | null;
}

export interface DeadLetterPolicy {
  deadLetterTopic: string;
  maxDeliveryAttempts: number;
}

export interface Subscription {
  name: string;
  topic: string;
  pushConfig: PushConfig | null;
  bigqueryConfig: object | null;
  cloudStorageConfig: object | null;
  bigtableConfig: object | null;
  ackDeadlineSeconds: number;
  retainAckedMessages: boolean;
  messageRetentionDuration: Duration | null;
  labels: Record<string, string>;
  enableMessageOrdering: boolean;
  expirationPolicy: { ttl: Duration | null } | null;
  filter: string;
  deadLetterPolicy: DeadLetterPolicy | null;
  retryPolicy: RetryPolicy | null;
  detached: boolean;
  enableExactlyOnceDelivery: boolean;
  topicMessageRetentionDuration: Duration | null;
  state: string;
  messageTransforms: object[];
  tags: Record<string, string>;
}

export interface Snapshot {
  name: string;
  topic: string;
  expireTime: Timestamp | null;
  labels: Record<string, string>;
}

export interface CreateSnapshotRequest {
  name: string;
  subscription: string;
  labels: Record<string, string>;
  tags: Record<string, string>;
}

/** With one of `time` and `snapshot`. */
export interface SeekRequest {
  subscription: string;
  time?: Timestamp | null;
  snapshot?: string;
}

export interface PubsubMessage {
  data: Buffer;
  attributes: Record<string, string>;
  messageId: string;
  publishTime: Timestamp | null;
  orderingKey: string;
}

export interface ReceivedMessage {
  ackId: string;
  message: PubsubMessage;
  deliveryAttempt: number;
}

export interface FieldMask {
  paths: string[];
}

/** The fields that all requests for lists have. */
export interface PageRequest {
  pageSize: number;
  pageToken: string;
}

export interface PullRequest {
  subscription: string;
  returnImmediately: boolean;
  maxMessages: number;
}

export interface PullResponse {
  receivedMessages: ReceivedMessage[];
}

export interface StreamingPullRequest {
  subscription: string;
  ackIds: string[];
  modifyDeadlineSeconds: number[];
  modifyDeadlineAckIds: string[];
  streamAckDeadlineSeconds: number;
  maxOutstandingMessages: number;
  maxOutstandingBytes: number;
  protocolVersion: number;
}

/** What became of the ack ids in a request on a stream. */
export interface AckConfirmation {
  ackIds: string[];
  invalidAckIds: string[];
  unorderedAckIds?: string[];
}

export interface StreamingPullResponse extends PullResponse {
  acknowledgeConfirmation?: AckConfirmation;
  modifyAckDeadlineConfirmation?: AckConfirmation;
  subscriptionProperties?: {
    exactlyOnceDeliveryEnabled: boolean;
    messageOrderingEnabled: boolean;
  };
}

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

/** A policy of google.iam.v1. */
export interface Policy {
  version: number;
  bindings: { role: string; members: string[]; condition: object | null }[];
  auditConfigs: object[];
  etag: Buffer;
}

export interface GetIamPolicyRequest {
  /** The full name of a topic, a subscription, a snapshot or a schema. */
  resource: string;
}

export type SetIamPolicyRequest = GetIamPolicyRequest & { policy: Policy | null };

export type TestIamPermissionsRequest = GetIamPolicyRequest & { permissions: string[] };

/** How messages are decoded, by gRPC and from JSON. */
export const DECODING = { defaults: true, enums: String, longs: Number };

/** A protobuf duration in ms; `absent` if it is not set. */
export function toMillis(duration: Duration | null | undefined, absent = 0): number {
  return duration ? duration.seconds * 1000 + duration.nanos / 1e6 : absent;
}

/** A protobuf timestamp from whole ms since the epoch. */
export function toTimestamp(epochMillis: number): Timestamp {
  const seconds = Math.floor(epochMillis / 1000);
  return { seconds, nanos: (epochMillis - seconds * 1000) * 1e6 };
}

/** RFC 3339 in UTC with ms: `2026-11-22T09:00:10.123Z`. */
export function toRfc3339(timestamp: Timestamp | null): string {
  return new Date(toMillis(timestamp)).toISOString();
}
