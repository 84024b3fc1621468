/**
 * 3 to 255 characters, the first one a letter:
 * https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names
 */
const RESOURCE_NAME =
  /^projects\/[^/]+\/(topics|subscriptions|snapshots|schemas)\/([A-Za-z][\w\-.~+%]{2,254})$/;
const PROJECT_NAME = /^projects\/[^/]+$/;

export type Collection = 'topics' | 'subscriptions' | 'snapshots' | 'schemas';

/** Whether `name` is a valid full name, such as `projects/shop/topics/orders`, in `collection`. */
export function isResourceName(collection: Collection, name: string): boolean {
  const [, actualCollection, id] = RESOURCE_NAME.exec(name) ?? [];
  return actualCollection === collection && !id?.startsWith('goog');
}

/** Whether `name` is `projects/PROJECT`. */
export function isProjectName(name: string): boolean {
  return PROJECT_NAME.test(name);
}

/** `orders` of `projects/shop/topics/orders`. */
export function resourceId(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

/** `shop` of `projects/shop/topics/orders`. */
export function projectId(name: string): string {
  return name.split('/')[1] ?? '';
}
