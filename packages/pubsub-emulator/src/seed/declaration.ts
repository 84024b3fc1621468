import { asJsonObject, type JsonObject } from '../protocol/proto-json.js';
import { type Seed, SeedError } from './seed.js';

/**
 * The resources that a file declares in the seed's own form. Names that are not full get the
 * project.
 *
 * @param json is changed
 * @throws {SeedError} if the file is not of that form
 */
export function toSeed(json: JsonObject, defaultProject: string): Seed {
  const { project = defaultProject, schemas, topics, subscriptions, ...others } = json;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new SeedError(`unknown key "${unknown}"`);
  const complete = (resource: unknown, field: string, collection: keyof Seed) => {
    const name = (resource as JsonObject | undefined)?.[field];
    if (typeof name !== 'string' || name.includes('/')) return;
    (resource as JsonObject)[field] = `projects/${project}/${collection}/${name}`;
  };
  const list = (collection: keyof Seed, entries: unknown = []) => {
    if (!Array.isArray(entries)) throw new SeedError(`"${collection}" is not an array`);
    return entries.map((entry: unknown) => {
      const named = typeof entry === 'string' ? { name: entry } : entry;
      const resource = asJsonObject(named, `${collection}[]`);
      complete(resource, 'name', collection);
      complete(resource, 'topic', 'topics');
      complete(resource.schemaSettings, 'schema', 'schemas');
      complete(resource.deadLetterPolicy, 'deadLetterTopic', 'topics');
      return resource;
    });
  };
  return {
    schemas: list('schemas', schemas),
    topics: list('topics', topics),
    subscriptions: list('subscriptions', subscriptions),
  };
}
