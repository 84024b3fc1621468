import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { asJsonObject, invalidPayload, type JsonObject } from '../protocol/proto-json.js';
import { invalidArgument } from '../protocol/status.js';

const gunzipAsync = promisify(gunzip);

/**
 * Reads the JSON object in the body of a request, plain or gzipped; an empty body is an empty
 * object.
 *
 * @throws {PubSubError} INVALID_ARGUMENT for anything else, and for more than `maxBytes`, as sent
 *   or unzipped
 */
export async function readJsonBody(
  request: IncomingMessage,
  maxBytes: number,
): Promise<JsonObject> {
  const sent = await readBytes(request, maxBytes);
  const body = await decompress(sent, request.headers['content-encoding'], maxBytes);
  if (body.length === 0) return {};
  return asJsonObject(parse(body.toString()), 'The body');
}

/**
 * Reads to the end in any case: some clients read the response only once they have sent everything.
 */
async function readBytes(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= maxBytes) chunks.push(chunk);
  }
  if (size > maxBytes) throw tooLarge(maxBytes);
  return Buffer.concat(chunks);
}

async function decompress(
  body: Buffer,
  encoding: string | undefined,
  maxBytes: number,
): Promise<Buffer> {
  if (!encoding || encoding === 'identity') return body;
  if (encoding !== 'gzip') throw invalidArgument(`Unsupported content encoding "${encoding}".`);
  try {
    return await gunzipAsync(body, { maxOutputLength: maxBytes });
  } catch (cause) {
    if (cause instanceof RangeError) throw tooLarge(maxBytes);
    throw invalidArgument('The body is not gzip, as its content encoding says.', { cause });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalidPayload(String(cause), cause);
  }
}

/** In the service's words. */
function tooLarge(maxBytes: number) {
  return invalidArgument(`Request payload size exceeds the limit: ${maxBytes} bytes.`);
}
