import type { PushConfig } from '../protocol/messages.js';
import { invalidArgument, unimplemented } from '../protocol/status.js';

/**
 * The push configuration that the service would keep for `requested`; a subscription without an
 * endpoint is pulled.
 *
 * @param current the subscription's push configuration, if it has one already
 * @throws {PubSubError} INVALID_ARGUMENT for an endpoint that is not an HTTP URL and for a token
 *   without a service account, UNIMPLEMENTED for
 *   features that the emulator lacks
 */
export function toPushConfig(
  requested: PushConfig | null,
  current: PushConfig | null = null,
): PushConfig {
  // The version of the envelope stays as it is unless the request changes it.
  const attributes = { ...current?.attributes, ...requested?.attributes };
  if (!requested) return { pushEndpoint: '', attributes };
  if (!isDefaultPushAttributes(requested.attributes)) {
    throw unimplemented('push attributes', 'it sends only version v1 of the envelope');
  }
  checkPushEndpoint(requested.pushEndpoint);
  const { oidcToken } = requested;
  if (oidcToken && !/^[^@\s]+@[^@\s]+$/.test(oidcToken.serviceAccountEmail)) {
    throw invalidArgument(`Invalid service account email: "${oidcToken.serviceAccountEmail}".`);
  }
  return { ...requested, attributes };
}

/** The only push attribute is the version of the envelope; `v1` has a second name. */
function isDefaultPushAttributes(attributes: Record<string, string>): boolean {
  return Object.entries(attributes).every(
    ([key, value]) => key === 'x-goog-version' && (value === 'v1' || value === 'v1beta2'),
  );
}

function checkPushEndpoint(endpoint: string): void {
  if (!endpoint) return;
  const protocol = URL.canParse(endpoint) ? new URL(endpoint).protocol : '';
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw invalidArgument(`Invalid push endpoint: "${endpoint}" is not an HTTP URL.`);
  }
}
