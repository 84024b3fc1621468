import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { type Faults, faultOrderSchema } from './faults.js';

/** Serves `/faults`: GET tells what is on, PUT switches a fault on, DELETE all of them off. */
export async function serveFaults(
  request: IncomingMessage,
  response: ServerResponse,
  faults: Faults,
): Promise<void> {
  const send = (status: number, body: unknown) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(`${JSON.stringify(body)}\n`);
  };
  switch (request.method) {
    case 'GET':
      return send(200, faults);
    case 'DELETE':
      faults.clear();
      return send(200, faults);
    case 'PUT': {
      const order = faultOrderSchema.safeParse(parseJson(await text(request)));
      if (!order.success) return send(400, { error: z.prettifyError(order.error) });
      faults.set(order.data.fault, order.data.symbol);
      return send(200, faults);
    }
    default:
      return send(405, { error: 'use GET, PUT or DELETE' });
  }
}

/** The JSON in a text; `undefined` where it is none. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
