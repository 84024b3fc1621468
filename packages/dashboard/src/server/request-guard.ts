import type { IncomingMessage } from 'node:http';
import { isAllowedHost } from './allowed-hosts.js';

/** The names under which a browser on this machine reaches a server that listens on loopback. */
const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Sent with every response. The page may load only what this server serves, and no other site may
 * frame it or read from it.
 */
export const SECURITY_HEADERS = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; '),
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};

/** A request that is not served: the status of the response and the reason. */
export interface Refusal {
  status: 403 | 405 | 421;
  error: string;
}

/**
 * Refuses requests that come neither from a page of this server nor from a user: the port is open
 * to every page that the browser shows. A site that makes its own name resolve to loopback is
 * recognised by the Host header, which then has that name
 * (https://owasp.org/www-community/attacks/DNS_Rebinding), any other site by the Origin header or
 * the fetch metadata.
 *
 * @param allowedHosts names other than loopback's under which a proxy on this machine serves the
 *   page, in the form that {@link isAllowedHost} takes
 * @returns undefined for a request to serve
 */
export function refusal(
  { method, headers }: IncomingMessage,
  allowedHosts: readonly string[] = [],
): Refusal | undefined {
  const { host = '', origin } = headers;
  if (!isAllowedHost(host.replace(/:\d+$/, ''), [...LOOPBACK_NAMES, ...allowedHosts])) {
    return {
      status: 421,
      error: 'This server responds to localhost only; --allow-host NAME allows another name',
    };
  }
  if (origin !== undefined && !isOwnOrigin(origin, host, allowedHosts)) {
    return { status: 403, error: 'Requests of other origins are refused' };
  }
  const fetchSite = headers['sec-fetch-site'] ?? 'none';
  const fromElsewhere = fetchSite !== 'none' && fetchSite !== 'same-origin';
  // A link on another site may lead here: then a user opens the page.
  if (fromElsewhere && headers['sec-fetch-mode'] !== 'navigate') {
    return { status: 403, error: 'Requests of other sites are refused' };
  }
  if (method !== 'GET' && method !== 'HEAD') {
    return { status: 405, error: 'Only GET and HEAD are served' };
  }
  return undefined;
}

/**
 * A proxy may add encryption, choose another port and rewrite the Host header, but not the Origin.
 */
function isOwnOrigin(origin: string, host: string, allowedHosts: readonly string[]): boolean {
  if (origin.toLowerCase() === `http://${host.toLowerCase()}`) return true;
  if (!/^https?:\/\//i.test(origin) || !URL.canParse(origin)) return false;
  return isAllowedHost(new URL(origin).hostname, allowedHosts);
}
