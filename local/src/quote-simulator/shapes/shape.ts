import type { IncomingHttpHeaders } from 'node:http';

/** The quote of a known symbol at one moment, before it is put into an API's shape. */
export interface SimulatedQuote {
  readonly symbol: string;
  /** In dollars; `null` or `undefined` if a fault has taken it away. */
  readonly price: number | null | undefined;
  /** The price a day before, in dollars. */
  readonly previousClose: number;
  /** In ms since the Unix epoch. */
  readonly time: number;
}

/** An HTTP response. A string is sent as text, anything else as JSON. */
export interface SimulatedResponse {
  readonly status: number;
  readonly body: unknown;
}

/** A request, its URL relative to the API's base. */
export interface ShapeRequest {
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
}

/** The interface of one quote API. */
export interface Shape {
  /** The API's path in the simulator; empty for the root. */
  readonly basePath: string;
  /** The symbols that a request asks for; `undefined` if it is not one of this API's requests. */
  symbols(url: URL): readonly string[] | undefined;
  /** Whether a request has a token, of any value, in the place where the API looks for it. */
  hasToken(request: ShapeRequest): boolean;
  /** The response for the symbols of the request; unknown ones are absent from the quotes. */
  respond(url: URL, quotes: ReadonlyMap<string, SimulatedQuote>): SimulatedResponse;
  /** The response to a request above the rate limit. */
  readonly throttled: SimulatedResponse;
}

/** Splits a comma-separated query parameter; `undefined` if it is absent or empty. */
export function listParameter(url: URL, name: string): readonly string[] | undefined {
  const list = url.searchParams.get(name)?.split(',').filter(Boolean);
  return list?.length ? list : undefined;
}
