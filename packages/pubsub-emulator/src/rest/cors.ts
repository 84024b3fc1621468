import type { IncomingMessage, ServerResponse } from 'node:http';

/** The methods of the API. */
const METHODS = 'DELETE, GET, HEAD, PATCH, POST, PUT';

/**
 * Allows pages of every origin to call the emulator, as it serves one developer on one machine:
 * https://fetch.spec.whatwg.org/#http-cors-protocol
 *
 * @returns whether the request is a preflight, to which these headers alone are the response
 */
export function allowCrossOrigin(request: IncomingMessage, response: ServerResponse): boolean {
  const { origin } = request.headers;
  if (origin === undefined) return false;
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('access-control-allow-credentials', 'true');
  response.setHeader('vary', 'origin');
  const isPreflight =
    request.method === 'OPTIONS' && 'access-control-request-method' in request.headers;
  if (!isPreflight) return false;
  response.setHeader('access-control-allow-methods', METHODS);
  const headers = request.headers['access-control-request-headers'];
  if (headers !== undefined) response.setHeader('access-control-allow-headers', headers);
  return true;
}
