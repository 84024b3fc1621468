import type { OidcToken } from '../protocol/messages.js';

/** In s; the service's tokens are valid as long. */
const LIFETIME = 3600;

/**
 * An ID token with the claims of the service's
 * (https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions#jwt_format), for endpoints
 * that read them. Unsigned, because only Google has the key that endpoints trust.
 *
 * @param endpoint the audience, if the settings name none
 * @param now in ms since the epoch
 */
export function unsignedIdToken(
  { audience, serviceAccountEmail }: OidcToken,
  endpoint: string,
  now: number,
): string {
  const issuedAt = Math.floor(now / 1000);
  const header = { alg: 'none', typ: 'JWT' };
  const claims = {
    aud: audience || endpoint,
    azp: serviceAccountEmail,
    email: serviceAccountEmail,
    email_verified: true,
    exp: issuedAt + LIFETIME,
    iat: issuedAt,
    iss: 'https://accounts.google.com',
    sub: serviceAccountEmail,
  };
  return `${encode(header)}.${encode(claims)}.`;
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
