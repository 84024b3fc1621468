import { isDefault } from '../protocol/proto-json.js';
import { messageType } from '../protocol/services.js';
import { unimplemented } from '../protocol/status.js';

const OTHER_PRODUCTS = 'it runs no other product of Google Cloud';

/** The fields that ask for a feature that the emulator lacks, and why it lacks it. */
const UNSUPPORTED: Record<string, readonly [feature: string, reason: string]> = {
  kmsKeyName: ['customer-managed keys', 'it encrypts nothing'],
  ingestionDataSourceSettings: ['ingestion', OTHER_PRODUCTS],
  bigqueryConfig: ['BigQuery subscriptions', OTHER_PRODUCTS],
  cloudStorageConfig: ['Cloud Storage subscriptions', OTHER_PRODUCTS],
  bigtableConfig: ['Bigtable subscriptions', OTHER_PRODUCTS],
  messageTransforms: ['message transforms', 'it runs no code of messages'],
  tags: ['tags', 'it has no Resource Manager, which defines them'],
};

/**
 * @param type of the resource, or of the request to create it: `Topic`
 * @throws {PubSubError} UNIMPLEMENTED if `requested` sets a field of a feature that the emulator
 *   lacks
 */
export function refuseUnsupported(type: string, requested: object): void {
  for (const field of messageType(type).fieldsArray) {
    const unsupported = UNSUPPORTED[field.name];
    const value = (requested as Record<string, unknown>)[field.name];
    if (unsupported && !isDefault(field, value)) throw unimplemented(...unsupported);
  }
}
