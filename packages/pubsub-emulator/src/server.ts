import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';
import { systemClock } from 'iex-cli/clock';
import { iamService } from './grpc/iam-service.js';
import { publisherService } from './grpc/publisher-service.js';
import { schemaService } from './grpc/schema-service.js';
import { createGrpcServer } from './grpc/server.js';
import { subscriberService } from './grpc/subscriber-service.js';
import { services } from './protocol/services.js';
import { Pusher } from './push/pusher.js';
import { HttpPushTransport } from './push/transport.js';
import { Broker } from './resources/broker.js';
import { restRoutes } from './rest/routes.js';
import { createRestServer } from './rest/server.js';
import { plant } from './seed/plant.js';
import { readSeed } from './seed/read-seed.js';
import { createSharedPort } from './shared-port.js';

/**
 * Above the 10 MB that a request may have, so that one that is too large gets the service's own
 * error.
 */
const MAX_REQUEST_BYTES = 32 * 1024 * 1024;

export interface PubSubEmulatorOptions {
  /** A free one if it is 0 or absent. */
  port?: number;
  /** The address to listen on, loopback by default. Whoever reaches it may do everything. */
  host?: string;
  /** A file that declares topics and subscriptions to start with; see the README. */
  seed?: string;
  /** The project of the seed's resources that name none, `emulator` by default. */
  project?: string;
  /**
   * In bytes: while the process uses more, publishing fails with RESOURCE_EXHAUSTED. No limit by
   * default.
   */
  maxMemory?: number;
  /** Gets one line for each request. */
  log?: (line: string) => void;
}

/** A running emulator. */
export interface PubSubEmulator {
  /**
   * `127.0.0.1:PORT`, for the environment variable PUBSUB_EMULATOR_HOST; REST is at
   * `http://127.0.0.1:PORT`.
   */
  readonly host: string;
  /** Deletes all resources and messages, and creates those of the seed again: for tests. */
  reset(): void;
  /** Ends all calls and pushes and frees the port; all messages are lost. */
  close(): Promise<void>;
}

/** The emulator could not listen; `cause` is the system's error. */
export class PubSubEmulatorStartError extends Error {
  override readonly name = 'PubSubEmulatorStartError';
}

/**
 * Starts an emulator in this process.
 *
 * @throws {PubSubEmulatorStartError} if it cannot listen
 * @throws {SeedError} if the seed cannot be used
 */
export async function startPubSubEmulator(
  options: PubSubEmulatorOptions = {},
): Promise<PubSubEmulator> {
  // Loopback by default: the emulator checks no credentials.
  const { host = '127.0.0.1', project = 'emulator', log } = options;
  const transport = new HttpPushTransport();
  const broker = new Broker(
    systemClock,
    (subscription) => new Pusher(subscription, systemClock, transport),
    options.maxMemory,
  );
  const seed = options.seed === undefined ? undefined : readSeed(options.seed, project);
  const reset = () => {
    broker.reset();
    if (seed) plant(seed, broker);
  };
  reset();
  const { grpc, rest } = createServers(broker, reset, log);
  const server = createSharedPort({
    http1: (socket) => rest.emit('connection', socket),
    http2: (socket) => grpc.emit('connection', socket),
  });
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const port = await listen(server, options.port ?? 0, host);
  return {
    host: `${host.includes(':') ? `[${host}]` : host}:${port}`,
    reset,
    async close() {
      broker.close();
      transport.close();
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Both servers call the same methods. */
function createServers(broker: Broker, reset: () => void, log: PubSubEmulatorOptions['log']) {
  const implementations = [
    [services.publisher, publisherService(broker)],
    [services.subscriber, subscriberService(broker, systemClock)],
    [services.schemaService, schemaService(broker)],
    [services.iamPolicy, iamService(broker)],
  ] as const;
  const routes = implementations.flatMap(([service, methods]) => restRoutes(service, methods));
  return {
    grpc: createGrpcServer({ services: implementations, maxBytes: MAX_REQUEST_BYTES, log }),
    rest: createRestServer({ routes, maxBytes: MAX_REQUEST_BYTES, reset, log }),
  };
}

async function listen(server: Server, port: number, host: string): Promise<number> {
  try {
    server.listen(port, host);
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = code === 'EADDRINUSE' ? `port ${port} is already in use` : message;
    throw new PubSubEmulatorStartError(
      `The Pub/Sub emulator cannot listen on ${host}:${port}: ${reason}`,
      { cause },
    );
  }
}
