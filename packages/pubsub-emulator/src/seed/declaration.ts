import { asJsonObject, type JsonObject } from '../protocol/proto-json.js';
import { type Seed, SeedError } from './seed.js';

/**
 * The resources that a file declares in the seed's own form. Names that are not full get the
 * project.
 *
 * @throws {SeedError} if the file is not of that form
 */
export function toSeed(json: JsonObject, defaultProject: string): Seed {
  const { project = defaultProject, schemas, topics, subscriptions, ...others } = json;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new SeedError(`unknown key "${unknown}"`);
  const full = (collection: string) => (name: unknown) =>
    typeof name === 'string' && !name.includes('/')
      ? `projects/${project}/${collection}/${name}`
      : name;
  const list = (collection: keyof Seed, entries: unknown = []) => {
    if (!Array.isArray(entries)) throw new SeedError(`"${collection}" is not an array`);
    return entries.map((entry: unknown) => {
      const resource = typeof entry === 'string' ? { name: entry } : entry;
      return replaced(asJsonObject(resource, `${collection}[]`), ['name'], full(collection));
    });
  };
  return {
    schemas: list('schemas', schemas),
    topics: list('topics', topics).map((topic) =>
      replaced(topic, ['schemaSettings', 'schema'], full('schemas')),
    ),
    subscriptions: list('subscriptions', subscriptions)
      .map((subscription) => replaced(subscription, ['topic'], full('topics')))
      .map((subscription) =>
        replaced(subscription, ['deadLetterPolicy', 'deadLetterTopic'], full('topics')),
      ),
  };
}

/** `json` with the value at `path`, if there is one, as `change` returns it. */
function replaced(
  json: JsonObject,
  [key = '', ...rest]: string[],
  change: (value: unknown) => unknown,
): JsonObject {
  const value = json[key];
  if (value === undefined) return json;
  const isLast = rest.length === 0;
  return {
    ...json,
    [key]: isLast ? change(value) : replaced(asJsonObject(value, key), rest, change),
  };
}
