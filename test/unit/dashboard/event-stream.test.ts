import { getEventListeners } from 'node:events';
import { expect } from 'chai';
import { Hono } from 'hono';
import { eventStream } from 'iex-dashboard/server/event-stream';
import type { Listener, LiveData } from 'iex-dashboard/server/live-data';
import { untilTrue } from 'iex-test/support/until';

describe('the stream of events', () => {
  let listeners: Set<Listener>;
  let closing: AbortController;
  let app: Hono;

  beforeEach(() => {
    listeners = new Set();
    closing = new AbortController();
    const live = {
      subscribe(listener: Listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    } as unknown as LiveData;
    app = new Hono().get('/', (context) => eventStream(context, live, closing.signal));
  });

  const publish = (problem: string) => {
    for (const listener of listeners) listener('problem', problem);
  };

  it('disconnects a reader that has stopped reading', async () => {
    const { body } = await app.request('/');
    const reader = (body as ReadableStream<Uint8Array>).getReader();
    await untilTrue(() => listeners.size === 1);
    const chunk = 'x'.repeat(1024 * 1024);
    for (let sent = 0; sent < 20; sent++) publish(chunk);
    await untilTrue(() => listeners.size === 0);
    let received = 0;
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      received += part.value.length;
    }
    expect(received).to.be.below(10 * chunk.length);
  });

  it('keeps a reader that reads, however much it has been sent', async () => {
    const { body } = await app.request('/');
    const reader = (body as ReadableStream<Uint8Array>).getReader();
    await untilTrue(() => listeners.size === 1);
    await reader.read();
    const chunk = 'x'.repeat(1024 * 1024);
    for (let sent = 0; sent < 20; sent++) {
      publish(chunk);
      const { done } = await reader.read();
      expect(done).to.equal(false);
    }
    expect(listeners.size).to.equal(1);
    await reader.cancel();
    await untilTrue(() => listeners.size === 0);
  });

  it('ends when the server closes', async () => {
    const { body } = await app.request('/');
    await untilTrue(() => listeners.size === 1);
    closing.abort();
    await new Response(body).text();
    expect(listeners).to.have.property('size', 0);
  });

  it('does not begin for a request of its headers', async () => {
    const response = await app.request('/', { method: 'HEAD' });
    expect(response.headers.get('x-accel-buffering')).to.equal('no');
    expect(listeners).to.have.property('size', 0);
  });

  it('leaves nothing behind when its reader leaves, even at once', async () => {
    const { body } = await app.request('/');
    await untilTrue(() => listeners.size === 1);
    await body?.cancel();
    const { body: other } = await app.request('/');
    await other?.cancel();
    await untilTrue(() => getEventListeners(closing.signal, 'abort').length === 0);
    expect(listeners).to.have.property('size', 0);
  });
});
