import type { Http2Session } from 'node:http2';
import { expect } from 'chai';
import { Receipts } from 'iex-pubsub-emulator/grpc/receipts';
import { untilTrue } from 'iex-test/support/until';

describe('Receipts', () => {
  let acknowledgements: (() => void)[];
  let session: { destroyed: boolean; ping(callback: () => void): boolean };
  let receipts: Receipts;
  let received: string[];

  beforeEach(() => {
    acknowledgements = [];
    received = [];
    session = {
      destroyed: false,
      ping(callback) {
        acknowledgements.push(callback);
        return true;
      },
    };
    receipts = new Receipts(session as unknown as Http2Session);
  });

  const wait = (name: string) => receipts.onceReceived(() => received.push(name));

  it('waits for the acknowledgement of a ping', () => {
    wait('a');
    expect(received).to.deep.equal([]);
    acknowledgements[0]?.();
    expect(received).to.deep.equal(['a']);
  });

  it('shares the next ping among those that come while one is under way', () => {
    for (const name of ['a', 'b', 'c']) wait(name);
    expect(acknowledgements).to.have.lengthOf(1);
    acknowledgements[0]?.();
    expect(received).to.deep.equal(['a']);
    expect(acknowledgements).to.have.lengthOf(2);
    acknowledgements[1]?.();
    expect(received).to.deep.equal(['a', 'b', 'c']);
    expect(acknowledgements).to.have.lengthOf(2);
  });

  it('does not wait long for a client that does not respond, and calls back once', async () => {
    wait('a');
    wait('b');
    await untilTrue(() => received.length === 2);
    for (const acknowledge of acknowledgements) acknowledge();
    expect(received).to.deep.equal(['a', 'b']);
  });

  it('does not wait for a client that has gone', () => {
    wait('a');
    wait('b');
    session.destroyed = true;
    acknowledgements[0]?.(); // as Node does for all pings when a session ends
    wait('c');
    expect(received).to.deep.equal(['a', 'b', 'c']);
  });
});
