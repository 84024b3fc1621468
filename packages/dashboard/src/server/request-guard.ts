import type { IncomingMessage } from 'node:http';

/** The names under which a browser on this machine reaches a server that listens on loopback. */
const LOOPBACK_NAMES = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Sent with every answer. The page may load what this server serves and nothing else, and no other site may frame it or
 * read from it.
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

/** A request that is not served: the status of its answer and why. */
export interface Refusal {
  status: 403 | 405 | 421;
  error: string;
}

/**
 * Refuses what does not come from a page of this server or from a person: the port is open to every page that the
 * browser shows. A site that has its own name resolve to loopback is told by the Host header, which then has that name
 * (https://owasp.org/www-community/attacks/DNS_Rebinding), any other site by the Origin header or the fetch metadata.
 *
 * @returns undefined for a request to serve
 */
export function refusal({ method, headers }: IncomingMessage): Refusal | undefined {
  const { host = '', origin } = headers;
  if (!LOOPBACK_NAMES.has(host.replace(/:\d+$/, '').toLowerCase())) {
    return { status: 421, error: 'This server answers to localhost only' };
  }
  if (origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`) {
    return { status: 403, error: 'Requests of other origins are refused' };
  }
  const fetchSite = headers['sec-fetch-site'] ?? 'none';
  const fromElsewhere = fetchSite !== 'none' && fetchSite !== 'same-origin';
  // A link on another site may lead here: that is a person who opens the page.
  if (fromElsewhere && headers['sec-fetch-mode'] !== 'navigate') {
    return { status: 403, error: 'Requests of other sites are refused' };
  }
  if (method !== 'GET' && method !== 'HEAD') {
    return { status: 405, error: 'Only GET and HEAD are served' };
  }
  return undefined;
}
