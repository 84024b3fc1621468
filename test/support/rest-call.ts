/** JSON of a response, of any method. */
// biome-ignore lint/suspicious/noExplicitAny: each test knows the fields of its own responses
export type Json = any;

/** The response of an emulator over REST. */
export interface RestResponse {
  status: number;
  json: Json;
}

/** Calls a method of an emulator: `call('PUT', 'projects/shop/topics/orders', {})`. */
export type RestCall = (method: string, path: string, body?: object) => Promise<RestResponse>;

/** @param host address and port */
export function restCaller(host: string): RestCall {
  return async (method, path, body) => {
    const response = await fetch(`http://${host}/v1/${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: response.status, json: await response.json() };
  };
}

export function base64(data: string | Uint8Array): string {
  return Buffer.from(data).toString('base64');
}
