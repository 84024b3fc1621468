import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';
import { Server as GrpcServer, ServerCredentials } from '@grpc/grpc-js';
import { systemClock } from 'iex-cli/clock';
import { OperationalError } from 'iex-cli/errors';
import { publisherService } from './grpc/publisher-service.js';
import { subscriberService } from './grpc/subscriber-service.js';
import { loadReflection, loadServices } from './protocol/messages.js';
import { Pusher } from './push/pusher.js';
import { HttpPushTransport } from './push/transport.js';
import { Broker } from './resources/broker.js';
import { restRoutes } from './rest/routes.js';
import { createRestServer } from './rest/server.js';
import { createSharedPort } from './shared-port.js';

/** Loopback only: the emulator checks no credentials. */
const ADDRESS = '127.0.0.1';

/**
 * Above the 10 MB that a request may have, so that one that is too large gets the service's own
 * error.
 */
const MAX_REQUEST_BYTES = 32 * 1024 * 1024;

/** A running emulator. */
export interface PubSubEmulator {
  /**
   * `127.0.0.1:PORT`, for the environment variable PUBSUB_EMULATOR_HOST; REST is at
   * `http://127.0.0.1:PORT`.
   */
  readonly host: string;
  /** Ends all calls and pushes and frees the port; all messages are lost. */
  close(): Promise<void>;
}

/** The emulator could not listen; `cause` is the system's error. */
export class PubSubEmulatorStartError extends OperationalError {
  override readonly name = 'PubSubEmulatorStartError';
}

/**
 * Starts an emulator on the loopback interface.
 *
 * @param options.port a free one if it is 0 or absent
 * @throws {PubSubEmulatorStartError} if it cannot listen there
 */
export async function startPubSubEmulator(
  options: { port?: number } = {},
): Promise<PubSubEmulator> {
  const transport = new HttpPushTransport();
  const broker = new Broker(
    systemClock,
    (subscription) => new Pusher(subscription, systemClock, transport),
  );
  const { grpc, rest } = createServers(broker);
  const injector = grpc.createConnectionInjector(ServerCredentials.createInsecure());
  const server = createSharedPort({
    http1: (socket) => rest.emit('connection', socket),
    http2: (socket) => injector.injectConnection(socket),
  });
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const port = await listen(server, options.port ?? 0);
  return {
    host: `${ADDRESS}:${port}`,
    async close() {
      broker.close();
      transport.close();
      const closed = once(server, 'close');
      server.close();
      grpc.forceShutdown();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Both servers call the same methods. */
function createServers(broker: Broker) {
  const publisher = publisherService(broker);
  const subscriber = subscriberService(broker, systemClock);
  const services = loadServices();
  const grpc = new GrpcServer({ 'grpc.max_receive_message_length': MAX_REQUEST_BYTES });
  grpc.addService(services.publisher, publisher);
  grpc.addService(services.subscriber, subscriber);
  const reflection = loadReflection();
  const routes = [
    ...restRoutes(reflection.publisher, publisher),
    ...restRoutes(reflection.subscriber, subscriber),
    ...restRoutes(reflection.schemaService, {}), // known, and refused like gRPC does
  ];
  return { grpc, rest: createRestServer(routes, MAX_REQUEST_BYTES) };
}

async function listen(server: Server, port: number): Promise<number> {
  try {
    server.listen(port, ADDRESS);
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  } catch (cause) {
    const host = `${ADDRESS}:${port}`;
    const reason = isAddressInUse(cause) ? `port ${port} is already in use` : String(cause);
    throw new PubSubEmulatorStartError(`The Pub/Sub emulator cannot listen on ${host}: ${reason}`, {
      cause,
    });
  }
}

function isAddressInUse(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}
