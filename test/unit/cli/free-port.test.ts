import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect } from 'chai';
import { freePort } from 'iex-cli';

describe('a free port', () => {
  it('can be listened on, and differs while another server listens on it', async () => {
    const port = await freePort();
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    expect(await freePort()).not.to.equal(port);
    server.close();
    await once(server, 'close');
  });
});
