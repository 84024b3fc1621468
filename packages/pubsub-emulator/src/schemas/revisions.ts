import { randomBytes } from 'node:crypto';
import type { Clock } from 'iex-cli/clock';
import { type Schema, type SchemaSettings, toTimestamp } from '../protocol/messages.js';
import { invalidArgument, notFound, resourceExhausted } from '../protocol/status.js';
import type { Definition } from './definition.js';
import { parseDefinition, withReason } from './parse-definition.js';

/** https://cloud.google.com/pubsub/quotas#resource_limits */
const MAX_REVISIONS = 20;

/** One revision of a schema. */
export interface Revision {
  readonly schema: Schema;
  readonly definition: Definition;
}

/**
 * The revisions of one schema, the oldest first. There is always one.
 *
 * @throws {PubSubError} by every method, with the status that the service responds with
 */
export class Revisions {
  readonly #clock: Clock;
  readonly #revisions: Revision[] = [];

  /** @param first the schema as requested */
  constructor(first: Schema, clock: Clock) {
    this.#clock = clock;
    this.#add(first, parseDefinition(first.type, first.definition));
  }

  get all(): readonly Revision[] {
    return this.#revisions;
  }

  get latest(): Revision {
    return this.#revisions.at(-1) as Revision;
  }

  /** @param id of 8 hexadecimal digits; empty for the latest revision */
  get(id: string): Revision {
    return id === '' ? this.latest : (this.#revisions[this.#indexOf(id)] as Revision);
  }

  /**
   * Adds a revision that is compatible with the latest one.
   *
   * @returns it
   */
  commit(next: Schema): Schema {
    const { schema, definition } = this.latest;
    if (next.type !== schema.type) {
      throw invalidArgument(`The schema's type is ${schema.type} and cannot be changed.`);
    }
    const successor = parseDefinition(next.type, next.definition);
    withReason('The revision is not compatible with the latest one', () =>
      definition.checkSuccessor(successor),
    );
    return this.#add({ ...next, name: schema.name }, successor);
  }

  /**
   * Adds a copy of an older revision.
   *
   * @returns it
   */
  rollBack(id: string): Schema {
    const { schema, definition } = this.get(id);
    return this.#add(schema, definition);
  }

  /** @returns the deleted revision */
  delete(id: string): Schema {
    const { schema } = this.get(id);
    if (this.#revisions.length === 1) {
      throw invalidArgument('The only revision of a schema cannot be deleted.');
    }
    this.#revisions.splice(this.#indexOf(schema.revisionId), 1);
    return schema;
  }

  /** Those against which a topic checks its messages, the latest first. */
  inRange({ firstRevisionId, lastRevisionId }: SchemaSettings): Revision[] {
    const first = firstRevisionId === '' ? 0 : this.#indexOf(firstRevisionId);
    const last = lastRevisionId === '' ? this.#revisions.length : this.#indexOf(lastRevisionId);
    return this.#revisions.slice(first, last + 1).reverse();
  }

  #add(requested: Schema, definition: Definition): Schema {
    if (this.#revisions.length >= MAX_REVISIONS) {
      throw resourceExhausted(`A schema can have at most ${MAX_REVISIONS} revisions.`);
    }
    const schema: Schema = {
      ...requested,
      revisionId: randomBytes(4).toString('hex'),
      revisionCreateTime: toTimestamp(this.#clock.wallTime()),
    };
    this.#revisions.push({ schema, definition });
    return schema;
  }

  #indexOf(id: string): number {
    const index = this.#revisions.findIndex(({ schema }) => schema.revisionId === id);
    if (index === -1) throw notFound(`${this.latest.schema.name}@${id}`);
    return index;
  }
}
