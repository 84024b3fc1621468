import { once } from 'node:events';
import { createServer } from 'node:net';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { systemClock } from '../clock.js';
import { Broker } from './broker.js';
import { loadServices } from './protocol.js';
import { publisherService } from './publisher-service.js';
import { HttpPushTransport } from './push-transport.js';
import { subscriberService } from './subscriber-service.js';

/** Loopback only: the emulator checks no credentials. */
const ADDRESS = '127.0.0.1';

/** Above the 10 MB that a request may have, so that one that is too large gets the service's own error. */
const MAX_REQUEST_BYTES = 32 * 1024 * 1024;

/** A running emulator. */
export interface PubSubEmulator {
  /** `127.0.0.1:PORT`, the value for the environment variable PUBSUB_EMULATOR_HOST. */
  readonly host: string;
  /** Breaks off all calls and pushes and frees the port; all messages are lost. */
  close(): Promise<void>;
}

/** The emulator could not listen; `cause` is the system's error. */
export class PubSubEmulatorStartError extends Error {
  override readonly name = 'PubSubEmulatorStartError';
}

/**
 * Starts an emulator on the loopback interface at `port`, or at a free one when that is 0 or absent.
 * Throws PubSubEmulatorStartError when it cannot listen there.
 */
export async function startPubSubEmulator(
  options: { port?: number } = {},
): Promise<PubSubEmulator> {
  const services = loadServices();
  const transport = new HttpPushTransport();
  const broker = new Broker(systemClock, transport);
  const server = new Server({ 'grpc.max_receive_message_length': MAX_REQUEST_BYTES });
  server.addService(services.publisher, publisherService(broker));
  server.addService(services.subscriber, subscriberService(broker, systemClock));
  const port = await listen(server, options.port ?? 0);
  return {
    host: `${ADDRESS}:${port}`,
    async close() {
      broker.close();
      transport.close();
      await shutDown(server);
    },
  };
}

async function listen(server: Server, port: number): Promise<number> {
  const host = `${ADDRESS}:${port}`;
  try {
    await checkPort(port);
    return await bind(server, host);
  } catch (cause) {
    const reason = isAddressInUse(cause) ? `port ${port} is already in use` : String(cause);
    throw new PubSubEmulatorStartError(`The Pub/Sub emulator cannot listen on ${host}: ${reason}`, {
      cause,
    });
  }
}

/**
 * Throws unless a server can listen at `port`. The gRPC server would also print to stderr that it cannot.
 */
async function checkPort(port: number): Promise<void> {
  const probe = createServer().listen(port, ADDRESS);
  await once(probe, 'listening');
  probe.close();
  await once(probe, 'close');
}

function bind(server: Server, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(host, ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    );
  });
}

function isAddressInUse(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}

/** Resolves once the port is free and all connections are gone. */
function shutDown(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.tryShutdown(() => resolve()); // waits for the connections,
    server.forceShutdown(); // which this one breaks off
  });
}
