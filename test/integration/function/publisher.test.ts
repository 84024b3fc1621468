import { once } from 'node:events';
import type { Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { PubSub } from '@google-cloud/pubsub';
import { expect } from 'chai';
import { createPublisher, type Publisher } from 'iex-function/publisher';
import { createGrpcServer } from 'iex-pubsub-emulator/grpc/server';
import { services } from 'iex-pubsub-emulator/protocol/services';
import { notFound, unavailable } from 'iex-pubsub-emulator/protocol/status';
import { untilTrue } from 'iex-test/support/until';

interface PublishRequest {
  readonly messages: readonly { readonly data: Buffer }[];
}

interface PublishResponse {
  messageIds: string[];
}

describe('createPublisher', () => {
  let server: Http2Server;
  let client: PubSub;
  let publisher: Publisher;
  let requests: PublishRequest[];
  /** The service's response to a request. */
  let serve: (request: PublishRequest) => PublishResponse | Promise<PublishResponse>;

  const accept = ({ messages }: PublishRequest) => ({
    messageIds: messages.map((_, index) => String(index)),
  });

  beforeEach(async () => {
    requests = [];
    serve = accept;
    const Publish = (request: PublishRequest) => {
      requests.push(request);
      return serve(request);
    };
    server = createGrpcServer({
      services: [[services.publisher, { Publish }]],
      maxBytes: 10_000_000,
      log: undefined,
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    client = new PubSub({
      projectId: 'test',
      apiEndpoint: `127.0.0.1:${port}`,
      emulatorMode: true,
    });
    publisher = createPublisher('any', client);
  });

  afterEach(async () => {
    await client.close();
    server.close();
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
    let respond: ((response: PublishResponse) => void) | undefined;
    serve = () =>
      new Promise((resolve) => {
        respond = resolve;
      });
    let settled = false;
    const published = publish().finally(() => {
      settled = true;
    });
    await untilTrue(() => respond !== undefined);
    expect(settled).to.equal(false);
    respond?.({ messageIds: ['1'] });
    await published;
  });

  it('retries after a transient failure', async () => {
    serve = (request) => {
      if (requests.length < 3) throw unavailable();
      return accept(request);
    };
    await publish();
    expect(requests).to.have.length(3);
  });

  it('rejects at once if no retry would help', async () => {
    serve = () => {
      throw notFound('projects/test/topics/any');
    };
    const error = await publish().catch((error: unknown) => error);
    expect(error).to.have.property('code', 5); // NOT_FOUND
    expect(requests).to.have.length(1);
  });
});
