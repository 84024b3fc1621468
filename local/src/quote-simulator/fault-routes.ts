import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { type Faults, faultOrderSchema } from './faults.js';

/** Serves `/faults`: GET lists the faults, PUT switches one on, DELETE switches all of them off. */
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

/** Parses JSON; `undefined` if the text is not JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
