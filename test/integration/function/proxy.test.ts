import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createHttpGet } from 'iex-function/http';
import { QuoteError } from 'iex-function/quote-sources/source';
import { startFunction } from 'iex-test/support/function-process';
import { skipTest } from 'iex-test/support/skip';
import { startTopic } from 'iex-test/support/topic';
import { untilTrue } from 'iex-test/support/until';

const portOf = (server: Server) => (server.address() as AddressInfo).port;

/** A forward proxy whose names all lead to loopback: `CONNECT host:port` and `GET http://...`. */
async function startProxy() {
  /** The requests that it received, with the credentials. */
  const asked: { target: string; authorization: string | undefined }[] = [];
  /** The response that it sends to every request, while it is set. */
  const refusal = { status: undefined as number | undefined };
  const proxy = createServer((request, response) => {
    const authorization = request.headers['proxy-authorization'];
    asked.push({ target: `GET ${request.url}`, authorization });
    if (refusal.status) response.writeHead(refusal.status).end();
    else response.end('{"latestPrice": 2}');
  });
  proxy.on('connect', (request, socket) => {
    const authorization = request.headers['proxy-authorization'];
    asked.push({ target: `CONNECT ${request.url}`, authorization });
    socket.on('error', () => {});
    if (refusal.status) {
      socket.end(`HTTP/1.1 ${refusal.status} Refused\r\n\r\n`);
      return;
    }
    const upstream = connect(Number(request.url?.split(':')[1]), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on('error', () => socket.destroy());
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  return { proxy, asked, refusal, port: portOf(proxy) };
}

/**
 * Makes a certificate authority and a certificate for `quotes.example`; `false` without openssl.
 */
function makeCertificates(folder: string): boolean {
  const openssl = (...args: string[]) => {
    const { status, error, stderr } = spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' });
    if (error) return false;
    expect(status, stderr).to.equal(0);
    return true;
  };
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const ca = ['-x509', '-subj', '/CN=Test CA', '-keyout', 'ca.key', '-out', 'ca.pem'];
  if (!openssl('req', ...key, ...ca)) return false;
  const name = ['-subj', '/CN=quotes.example', '-addext', 'subjectAltName=DNS:quotes.example'];
  const signed = ['-x509', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-keyout', 'tls.key'];
  return openssl('req', ...key, ...name, ...signed, '-out', 'tls.pem');
}

describe('the quote API behind a proxy', () => {
  let behind: Awaited<ReturnType<typeof startProxy>>;
  let env: NodeJS.ProcessEnv;

  before(async () => {
    behind = await startProxy();
    env = { ...process.env };
  });

  after(() => behind?.proxy.close());

  beforeEach(() => {
    behind.asked.length = 0;
    behind.refusal.status = undefined;
    for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY']) {
      delete process.env[name];
      delete process.env[name.toLowerCase()];
    }
  });

  afterEach(() => {
    delete process.env.HTTP_PROXY;
    delete process.env.HTTPS_PROXY;
    Object.assign(process.env, env);
  });

  const get = (url: string) =>
    createHttpGet()(
      { url: new URL(url), headers: { 'x-token': 's3cret' } },
      AbortSignal.timeout(30_000),
    );

  /** The one reason why a request fails. */
  const failure = async (url: string) => {
    const error = await get(url).then(
      () => expect.fail('the request succeeded'),
      (error) => error,
    );
    expect(error).to.be.instanceOf(QuoteError);
    expect(error.reason).to.equal('network');
    expect(`${error.stack} ${JSON.stringify(error)}`).not.to.contain('s3cret');
    return error.message as string;
  };

  it('is requested through the proxy over http, with its credentials', async () => {
    process.env.HTTP_PROXY = `http://user:s3cret@127.0.0.1:${behind.port}`;
    expect((await get('http://quotes.example/stock/A/quote')).body).to.equal('{"latestPrice": 2}');
    expect(behind.asked).to.deep.equal([
      {
        target: 'GET http://quotes.example/stock/A/quote',
        authorization: `Basic ${Buffer.from('user:s3cret').toString('base64')}`,
      },
    ]);
  });

  for (const url of ['http://quotes.example/', 'https://quotes.example/']) {
    const use = (proxy: string) => {
      process.env.HTTP_PROXY = proxy;
      process.env.HTTPS_PROXY = proxy;
    };

    it(`is missed with a clear reason if the proxy requires other credentials for ${url}`, async () => {
      use(`http://user:s3cret@127.0.0.1:${behind.port}`);
      behind.refusal.status = 407;
      expect(await failure(url)).to.match(
        /through the proxy failed \(the proxy responded with status 407\)/,
      );
    });

    it(`is missed with a clear reason if no proxy listens for ${url}`, async () => {
      use('http://user:s3cret@127.0.0.1:1');
      expect(await failure(url)).to.match(/through the proxy failed \(ECONNREFUSED\)/);
    });

    it(`is missed with a clear reason if the proxy is not a URL for ${url}`, async () => {
      use('socks5://user:s3cret@127.0.0.1:1');
      expect(await failure(url)).to.match(/the proxy in the environment is not/);
    });
  }

  it('is missed as unreachable, not as unauthorized, if the proxy forbids the tunnel', async () => {
    process.env.HTTPS_PROXY = `http://127.0.0.1:${behind.port}`;
    behind.refusal.status = 403;
    expect(await failure('https://quotes.example/')).to.match(
      /the proxy responded with status 403/,
    );
  });

  it('is requested directly on loopback', async () => {
    process.env.HTTP_PROXY = 'http://127.0.0.1:1';
    expect((await get(`http://127.0.0.1:${behind.port}/`)).status).to.equal(200);
    expect(behind.asked.map(({ target }) => target)).to.deep.equal(['GET /']);
  });
});

describe('iexApi with HTTPS_PROXY and NODE_EXTRA_CA_CERTS', () => {
  let folder: string;

  before(function () {
    folder = mkdtempSync(join(tmpdir(), 'iex-proxy-'));
    if (!makeCertificates(folder)) skipTest(this, 'openssl is not installed');
  });

  after(() => rmSync(folder, { recursive: true }));

  it('takes quotes through a tunnel from a server of a private certificate authority', async () => {
    const pem = (file: string) => readFileSync(join(folder, file));
    const api = createTlsServer(
      { key: pem('tls.key'), cert: pem('tls.pem') },
      (_request, response) => response.end('{"latestPrice": 3}'),
    );
    await once(api.listen(0, '127.0.0.1'), 'listening');
    const { proxy, asked, port } = await startProxy();
    const topic = await startTopic('iex-aggregate');
    const iexApi = await startFunction('iexApi', {
      ...topic.env,
      HTTPS_PROXY: `http://127.0.0.1:${port}`,
      NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
      QUOTE_API_URL: `https://quotes.example:${portOf(api)}`,
    });
    try {
      for (const messageId of ['1', '2']) {
        const publishTime = new Date(Date.now() - 50_000);
        await iexApi.push({ json: { ticker: 'AAPL' }, messageId, publishTime });
      }
      await untilTrue(() => topic.received.length === 2);
      expect(topic.received[0]?.json).to.include({ symbol: 'AAPL', latest_price: 3 });
      // One tunnel, kept from one message to the next.
      expect(asked.map(({ target }) => target)).to.deep.equal([
        `CONNECT quotes.example:${portOf(api)}`,
      ]);
    } finally {
      await iexApi.stop();
      await topic.close();
      proxy.closeAllConnections();
      proxy.close();
      api.closeAllConnections();
      api.close();
    }
  });
});
