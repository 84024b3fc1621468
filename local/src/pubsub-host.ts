import { PubSub } from '@google-cloud/pubsub';
import { OperationalError } from 'iex-cli/errors';

/** How long an emulator may take to respond, in ms. */
const TIMEOUT_MS = 3000;

const DEADLINE_EXCEEDED = 4;

/** `HOST:PORT`, where HOST may be an IPv6 address in brackets. */
const HOST_AND_PORT = /^(?:\[[\da-f:.]+\]|[\w.-]+):(\d{1,5})$/i;

/** The variable that names the emulator to use instead of the one that comes with this project. */
const VARIABLE = 'PUBSUB_EMULATOR_HOST';

/**
 * A client of the emulator at `host`. gRPC takes a proxy from the environment, which must not name
 * one.
 */
export function pubsubClient(projectId: string, host: string): PubSub {
  return new PubSub({ projectId, apiEndpoint: host, emulatorMode: true });
}

/**
 * A client of Google Cloud, or of an emulator that responds.
 *
 * @param emulatorHost its host and port; undefined for Google Cloud
 * @param otherwise why the user may want to unset `PUBSUB_EMULATOR_HOST`
 * @throws {OperationalError} if no emulator responds there
 */
export async function openPubSub(
  projectId: string,
  emulatorHost: string | undefined,
  otherwise?: string,
): Promise<PubSub> {
  // The search for credentials would wait seconds for an address that only Google's machines have.
  process.env.METADATA_SERVER_DETECTION ??= 'bios-only';
  if (!emulatorHost) return new PubSub({ projectId });
  return pubsubClient(projectId, await checkedPubSubHost(projectId, emulatorHost, otherwise));
}

/**
 * A client for single requests, of the same service as `pubsub`.
 *
 * @param Client one of Google's generated clients
 * @throws the client's error if there are no credentials
 */
export async function requestClient<T extends { initialize(): Promise<unknown> }>(
  pubsub: PubSub,
  // The types of the two generations of clients disagree on `undefined`.
  Client: new (config: never) => T,
): Promise<T> {
  const client = new Client((await pubsub.getClientConfig()) as never);
  // Finds the credentials; otherwise the first request would, and fail twice.
  await client.initialize();
  return client;
}

/**
 * Checks that the value of `PUBSUB_EMULATOR_HOST` leads to a Pub/Sub emulator.
 *
 * @param otherwise why the user may want to unset `PUBSUB_EMULATOR_HOST`
 * @returns its host and port
 * @throws {OperationalError} after 5 s at the latest
 */
export async function checkedPubSubHost(
  projectId: string,
  value: string,
  otherwise = 'to use the one that comes with this project',
): Promise<string> {
  const host = value.trim();
  const [, port] = HOST_AND_PORT.exec(host) ?? [];
  if (port === undefined || Number(port) < 1 || Number(port) > 65_535) {
    throw new OperationalError(
      `${VARIABLE} must be HOST:PORT, like localhost:8085, not '${value}'`,
    );
  }
  const client = pubsubClient(projectId, host);
  try {
    await client.getTopics({
      autoPaginate: false,
      pageSize: 1,
      gaxOpts: { timeout: TIMEOUT_MS, retry: null },
    });
    return host;
  } catch (error) {
    const { code, details, message } = error as {
      code?: number;
      details?: string;
      message: string;
    };
    const reason =
      code === DEADLINE_EXCEEDED
        ? `no response within ${TIMEOUT_MS / 1000} s`
        : reasonIn(details || message);
    throw new OperationalError(
      `No Pub/Sub emulator responds at ${host}: start it, or unset ${VARIABLE} ${otherwise} (${reason})`,
      { cause: error },
    );
  } finally {
    await client.close();
  }
}

/** The system's error in a message of gRPC, or else the first line of the message. */
function reasonIn(message: string): string {
  const [, systemError] = /Last error: Error: (.*?)\.? Resolution note/.exec(message) ?? [];
  return systemError ?? message.split('\n', 1)[0] ?? '';
}
