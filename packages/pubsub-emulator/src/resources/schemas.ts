import type { Clock } from 'iex-cli/clock';
import type * as pb from '../protocol/messages.js';
import { invalidArgument, type PubSubError, required, schemaDeleted } from '../protocol/status.js';
import type { Definition, Encoding } from '../schemas/definition.js';
import { parseDefinition, withReason } from '../schemas/parse-definition.js';
import { Revisions } from '../schemas/revisions.js';
import { Collection } from './collection.js';
import { paginate } from './pagination.js';

/** The service's name for the schema of topics that have outlived theirs. */
export const DELETED_SCHEMA = '_deleted-schema_';

/**
 * All schemas, each with its revisions.
 *
 * @throws {PubSubError} by every method, with the status that the service responds with
 */
export class Schemas extends Collection<Revisions> {
  readonly #clock: Clock;

  constructor(clock: Clock) {
    super('schemas');
    this.#clock = clock;
  }

  create({ parent, schemaId, schema }: pb.CreateSchemaRequest): pb.Schema {
    const name = `${parent}/schemas/${schemaId}`;
    this.checkNew(name);
    const revisions = new Revisions({ ...required(schema, 'schema'), name }, this.#clock);
    this.add(name, revisions);
    return revisions.latest.schema;
  }

  /** @param request.name may end with `@` and the ID of a revision */
  getView({ name, view }: pb.GetSchemaRequest): pb.Schema {
    const { revisions, revisionId } = this.#find(name);
    return toView(revisions.get(revisionId).schema, view === 'BASIC' ? 'BASIC' : 'FULL');
  }

  list(request: pb.ListSchemasRequest): pb.ListSchemasResponse {
    const { page, nextPageToken } = this.page(request.parent, request);
    return {
      schemas: page.map(({ latest }) => toView(latest.schema, request.view)),
      nextPageToken,
    };
  }

  listRevisions(request: pb.ListSchemaRevisionsRequest): pb.ListSchemasResponse {
    const { all } = this.get(request.name);
    const numbered = all.map(({ schema }, index) => [String(index).padStart(9, '0'), schema]);
    const { page, nextPageToken } = paginate(
      numbered as [string, pb.Schema][],
      ([number]) => number,
      request,
    );
    return { schemas: page.map(([, schema]) => toView(schema, request.view)), nextPageToken };
  }

  commit(name: string, schema: pb.Schema | null): pb.Schema {
    return this.get(name).commit(required(schema, 'schema'));
  }

  rollBack({ name, revisionId }: pb.SchemaRevisionRequest): pb.Schema {
    const revisions = this.get(name);
    return revisions.rollBack(required(revisionId, 'revision to roll back to'));
  }

  /** @returns the deleted revision */
  deleteRevision(request: pb.SchemaRevisionRequest): pb.Schema {
    const { revisions, revisionId } = this.#find(request.name);
    return revisions.delete(required(revisionId || request.revisionId, 'revision to delete'));
  }

  validate(schema: pb.Schema | null): void {
    const { type, definition } = required(schema, 'schema');
    parseDefinition(type, definition);
  }

  validateMessage({ name, schema, message, encoding }: pb.ValidateMessageRequest): void {
    let definition: Definition;
    if (name) {
      const { revisions, revisionId } = this.#find(name);
      definition = revisions.get(revisionId).definition;
    } else {
      const { type, definition: source } = required(schema, 'schema');
      definition = parseDefinition(type, source);
    }
    checkData(definition, message, toEncoding(encoding));
  }

  /** Checks that the settings of a topic name a schema, its revisions and an encoding. */
  checkSettings(settings: pb.SchemaSettings): void {
    const revisions = this.get(settings.schema);
    toEncoding(settings.encoding);
    revisions.get(settings.firstRevisionId);
    revisions.get(settings.lastRevisionId);
  }

  /**
   * Checks the messages of a topic with these settings.
   *
   * @returns them with the attributes that say what they were checked against:
   *   https://cloud.google.com/pubsub/docs/validate-schema-message
   */
  checkMessages(settings: pb.SchemaSettings, messages: pb.PubsubMessage[]): pb.PubsubMessage[] {
    if (settings.schema === DELETED_SCHEMA) throw schemaDeleted();
    const revisions = this.get(settings.schema).inRange(settings);
    const encoding = toEncoding(settings.encoding);
    return messages.map((message) => {
      const violations: PubSubError[] = [];
      for (const { schema, definition } of revisions) {
        try {
          checkData(definition, message.data, encoding);
          return withAttributes(message, schema, encoding);
        } catch (violation) {
          violations.push(violation as PubSubError);
        }
      }
      throw violations[0] ?? invalidArgument('The topic accepts no revision of its schema.');
    });
  }

  #find(name: string): { revisions: Revisions; revisionId: string } {
    const [schemaName = '', revisionId = ''] = name.split('@');
    return { revisions: this.get(schemaName), revisionId };
  }
}

/** Without the definition unless the view is full. */
function toView(schema: pb.Schema, view: pb.SchemaView): pb.Schema {
  return view === 'FULL' ? schema : { ...schema, definition: '' };
}

function toEncoding(encoding: string): Encoding {
  if (encoding !== 'JSON' && encoding !== 'BINARY') {
    throw invalidArgument(`Invalid schema encoding: ${encoding}.`);
  }
  return encoding;
}

function checkData(definition: Definition, data: Buffer, encoding: Encoding): void {
  withReason('Invalid data in message', () => definition.check(data, encoding));
}

function withAttributes(
  message: pb.PubsubMessage,
  schema: pb.Schema,
  encoding: Encoding,
): pb.PubsubMessage {
  const attributes = {
    ...message.attributes,
    googclient_schemaencoding: encoding,
    googclient_schemaname: schema.name,
    googclient_schemarevisionid: schema.revisionId,
  };
  const { data, orderingKey, messageId, publishTime } = message;
  return { data, attributes, orderingKey, messageId, publishTime };
}
