import type { Agent, AgentOptions, ClientRequest } from 'node:http';
import { isIPv4 } from 'node:net';
import { HttpProxyAgent } from 'http-proxy-agent';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { getProxyForUrl } from 'proxy-from-env';

/** Thrown if no request can go through the proxy. Its code says why, without credentials. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError';
  readonly code: string;

  constructor(code: string, options?: ErrorOptions) {
    super(`cannot use the proxy: ${code}`, options);
    this.code = code;
  }
}

/** Whether a host is this machine, which a proxy cannot reach. */
export function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/\.$/, '');
  return (
    /(^|\.)localhost$/i.test(host) || host === '[::1]' || (isIPv4(host) && host.startsWith('127.'))
  );
}

/**
 * The proxy that the environment asks for: `HTTPS_PROXY` for an https address, `HTTP_PROXY` for an
 * http one, else `ALL_PROXY`, unless `NO_PROXY` names the host; each also in lower case.
 *
 * @returns `undefined` for a direct connection; loopback is always connected directly
 * @throws {ProxyError} if the variable's value is not the URL of an HTTP proxy
 */
export function proxyFor(url: URL): URL | undefined {
  const proxy = isLoopback(url.hostname) ? '' : getProxyForUrl(url.href);
  if (proxy === '') return undefined;
  const parsed = URL.canParse(proxy) ? new URL(proxy) : undefined;
  if (parsed?.protocol === 'http:' || parsed?.protocol === 'https:') return parsed;
  throw new ProxyError('the proxy in the environment is not an http:// or https:// URL');
}

/** Makes an agent that sends requests through a proxy: https requests in a `CONNECT` tunnel. */
export function createProxyAgent(protocol: string, proxy: URL, options: AgentOptions): Agent {
  return protocol === 'https:'
    ? new TunnelAgent(proxy, options)
    : new HttpProxyAgent(proxy, options);
}

/**
 * An agent that fails if the proxy refuses the tunnel. The library returns the proxy's response as
 * if it were the server's, so that a 403 of the proxy would look like a token that the API refuses.
 */
class TunnelAgent extends HttpsProxyAgent<string> {
  override async connect(
    request: ClientRequest,
    options: Parameters<HttpsProxyAgent<string>['connect']>[1],
  ) {
    let status = 0;
    request.once('proxyConnect', ({ statusCode }) => {
      status = statusCode;
    });
    const socket = await super.connect(request, options);
    if (status === 200) return socket;
    socket.destroy();
    throw new ProxyError(`the proxy responded with status ${status}`);
  }
}
