import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { createHttpGet } from 'iex-function/http';
import { QuoteError } from 'iex-function/quote-sources/source';

describe('createHttpGet', () => {
  let server: Server;
  let base: string;
  let listener: RequestListener;
  let connections: number;

  beforeEach(async () => {
    connections = 0;
    server = createServer((request, response) => listener(request, response));
    server.on('connection', () => connections++);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const httpGet = createHttpGet();

  const get = (path = '/?token=s3cret', signal = AbortSignal.timeout(30_000)) =>
    httpGet({ url: new URL(path, base), headers: { 'x-token': 's3cret' } }, signal);

  const failure = async (promise: Promise<unknown>) => {
    const error = await promise.then(
      () => expect.fail('the request succeeded'),
      (error) => error,
    );
    expect(error).to.be.instanceOf(QuoteError);
    expect(`${error.stack} ${JSON.stringify(error)}`).not.to.contain('s3cret');
    return error as QuoteError;
  };

  it('returns status, body and Retry-After of any response', async () => {
    listener = (request, response) => {
      expect(request.headers).to.include({ 'x-token': 's3cret', accept: 'application/json' });
      response.writeHead(503, { 'retry-after': '7' }).end('später');
    };
    expect(await get()).to.deep.equal({ status: 503, retryAfter: '7', body: 'später' });
  });

  it('reads a compressed response', async () => {
    listener = (_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{}'));
    };
    expect((await get()).body).to.equal('{}');
  });

  it('keeps its connection', async () => {
    listener = (_request, response) => response.end('{}');
    for (let request = 0; request < 5; request++) await get();
    expect(connections).to.equal(1);
  });

  it('does not follow a redirect, which would send the token to another server', async () => {
    let requests = 0;
    listener = (_request, response) => {
      requests++;
      response.writeHead(302, { location: '/elsewhere' }).end();
    };
    expect((await get()).status).to.equal(302);
    expect(requests).to.equal(1);
  });

  for (const [what, encode] of [
    ['as it is', (body: Buffer) => [body, {}]],
    ['compressed', (body: Buffer) => [gzipSync(body), { 'content-encoding': 'gzip' }]],
  ] as const) {
    it(`refuses a response that is larger than 1 MB, ${what}`, async () => {
      const [body, headers] = encode(Buffer.alloc(1_000_001, ' '));
      listener = (_request, response) => response.writeHead(200, headers).end(body);
      expect((await failure(get())).reason).to.equal('invalid_response');
    });
  }

  it('reports a connection that breaks before the response', async () => {
    listener = (request) => request.socket.resetAndDestroy();
    const { reason, message } = await failure(get());
    expect(reason).to.equal('network');
    expect(message).to.contain('ECONNRESET');
  });

  it('reports a connection that breaks during the response', async () => {
    listener = (request, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('{');
      setImmediate(() => request.socket.destroy());
    };
    expect((await failure(get())).reason).to.equal('network');
  });

  it('reports a server that does not listen', async () => {
    const url = new URL('http://127.0.0.1:1/?token=s3cret');
    const { reason } = await failure(httpGet({ url, headers: {} }, AbortSignal.timeout(30_000)));
    expect(reason).to.equal('network');
  });

  for (const [what, begin] of [
    ['before', () => {}],
    ['amid', (response) => response.writeHead(200).write('{')],
  ] as [string, (response: Parameters<RequestListener>[1]) => void][]) {
    it(`ends when its signal is aborted ${what} the response`, async () => {
      const controller = new AbortController();
      listener = (_request, response) => {
        begin(response);
        setTimeout(() => controller.abort(), 20);
      };
      expect((await failure(get('/', controller.signal))).reason).to.equal('network');
    });
  }
});
