import type { JsonObject } from '../protocol/proto-json.js';

/** Resources as in the API's JSON, by kind, in the order in which they are created. */
export interface Seed {
  schemas: JsonObject[];
  topics: JsonObject[];
  subscriptions: JsonObject[];
}

/** A seed cannot be used; the message says why in one line. */
export class SeedError extends Error {
  override readonly name = 'SeedError';
}
