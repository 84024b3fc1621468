import { PubSub } from '@google-cloud/pubsub';
import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceError,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import { expect } from 'chai';
import { createPublisher, type Publisher } from 'iex-function/publisher';
import { serviceDefinition, services } from 'iex-pubsub-emulator/protocol/services';
import { untilTrue } from 'iex-test/support/until';

interface PublishRequest {
  readonly messages: readonly { readonly data: Buffer }[];
}

type PublishCall = ServerUnaryCall<PublishRequest, { messageIds: string[] }>;
type Respond = sendUnaryData<{ messageIds: string[] }>;

describe('createPublisher', () => {
  let server: Server;
  let client: PubSub;
  let publisher: Publisher;
  let requests: PublishRequest[];
  /** The service's response to a request. */
  let serve: (request: PublishRequest, respond: Respond) => void;

  const accept = ({ messages }: PublishRequest, respond: Respond) =>
    respond(null, { messageIds: messages.map((_, index) => String(index)) });

  const refuse = (code: status, respond: Respond) =>
    respond({ code, details: 'no' } satisfies Partial<ServiceError>);

  beforeEach(async () => {
    requests = [];
    serve = accept;
    server = new Server();
    server.addService(serviceDefinition(services.publisher), {
      Publish({ request }: PublishCall, respond: Respond) {
        requests.push(request);
        serve(request, respond);
      },
    });
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
        error ? reject(error) : resolve(port),
      );
    });
    client = new PubSub({
      projectId: 'test',
      apiEndpoint: `127.0.0.1:${port}`,
      emulatorMode: true,
    });
    publisher = createPublisher('any', client);
  });

  afterEach(async () => {
    await client.close();
    server.forceShutdown();
  });

  const publish = (number = 0) => publisher.publish({ json: { number }, attributes: {} });

  it('sends messages that are published at the same time in one request', async () => {
    const numbers = Array.from({ length: 300 }, (_, index) => index);
    await Promise.all(numbers.map((number) => publish(number)));
    expect(requests).to.have.length(1);
    const sent = requests[0]?.messages.map(({ data }) => JSON.parse(data.toString()).number);
    expect(sent).to.deep.equal(numbers);
  });

  it('resolves when the service has accepted the message, and not before', async () => {
    let respond: Respond | undefined;
    serve = (_request, given) => {
      respond = given;
    };
    let settled = false;
    const published = publish().finally(() => {
      settled = true;
    });
    await untilTrue(() => respond !== undefined);
    expect(settled).to.equal(false);
    respond?.(null, { messageIds: ['1'] });
    await published;
  });

  it('retries after a transient failure', async () => {
    serve = (request, respond) =>
      requests.length < 3 ? refuse(status.UNAVAILABLE, respond) : accept(request, respond);
    await publish();
    expect(requests).to.have.length(3);
  });

  it('rejects at once if no retry would help', async () => {
    serve = (_request, respond) => refuse(status.NOT_FOUND, respond);
    const error = await publish().catch((error: ServiceError) => error);
    expect(error).to.have.property('code', status.NOT_FOUND);
    expect(requests).to.have.length(1);
  });
});
