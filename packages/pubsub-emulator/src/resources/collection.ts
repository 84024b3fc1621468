import type { PageRequest } from '../protocol/messages.js';
import {
  type Collection as CollectionName,
  isProjectName,
  isResourceName,
} from '../protocol/resource-names.js';
import { alreadyExists, invalidArgument, notFound } from '../protocol/status.js';
import { paginate } from './pagination.js';

/**
 * The resources of one kind in all projects, by their full names. What a kind can do beyond that is
 * in its subclass.
 *
 * @throws {PubSubError} by every method, with the status that the service responds with
 */
export abstract class Collection<T> {
  readonly #collection: CollectionName;
  readonly #resources = new Map<string, T>();

  constructor(collection: CollectionName) {
    this.#collection = collection;
  }

  get(name: string): T {
    this.#checkName(name);
    const resource = this.#resources.get(name);
    if (resource === undefined) throw notFound(name);
    return resource;
  }

  /** The resource, if there is one with this name, which may be any text. */
  find(name: string): T | undefined {
    return this.#resources.get(name);
  }

  /** Checks that `name` is valid and free. */
  checkNew(name: string): void {
    this.#checkName(name);
    if (this.#resources.has(name)) throw alreadyExists(name);
  }

  add(name: string, resource: T): void {
    this.checkNew(name);
    this.#resources.set(name, resource);
  }

  delete(name: string): void {
    this.get(name);
    this.#resources.delete(name);
  }

  /** Deletes all resources. */
  clear(): void {
    for (const name of [...this.#resources.keys()]) this.delete(name);
  }

  /** One page of the resources of `project`, which is `projects/PROJECT`. */
  page(project: string, request: PageRequest): { page: T[]; nextPageToken: string } {
    if (!isProjectName(project)) {
      throw invalidArgument(`Invalid [projects] name: (name=${project})`);
    }
    const inProject = [...this.#resources].filter(([name]) => name.startsWith(`${project}/`));
    const { page, nextPageToken } = paginate(inProject, ([name]) => name, request);
    return { page: page.map(([, resource]) => resource), nextPageToken };
  }

  values(): Iterable<T> {
    return this.#resources.values();
  }

  #checkName(name: string): void {
    if (!isResourceName(this.#collection, name)) {
      throw invalidArgument(`Invalid [${this.#collection}] name: (name=${name})`);
    }
  }
}
