import { expect } from 'chai';
import fc from 'fast-check';
import type { LeaseHolder } from 'iex-pubsub-emulator/subscriptions/lease';
import {
  type OrderedEntry,
  OrderedMessages,
} from 'iex-pubsub-emulator/subscriptions/ordered-messages';
import { storedMessage } from '../fixtures.js';

// The rules: https://cloud.google.com/pubsub/docs/ordering
describe('OrderedMessages', () => {
  const one: LeaseHolder = { leaseEnded() {} };
  const other: LeaseHolder = { leaseEnded() {} };
  let messages: OrderedMessages;
  let expired: Set<string>;

  beforeEach(() => {
    expired = new Set();
    messages = new OrderedMessages(({ message }) => expired.has(message.messageId));
  });

  function add(orderingKey: string, ...ids: string[]) {
    for (const id of ids) messages.add(storedMessage(id, 0, { orderingKey }));
  }

  function take(owner = one): OrderedEntry {
    const entry = messages.take(owner);
    if (!entry) throw new Error('There is nothing to take.');
    return entry;
  }

  const idOf = ({ stored }: OrderedEntry) => stored.message.messageId;

  function takeAll(owner = one): string[] {
    const ids: string[] = [];
    for (let entry = messages.take(owner); entry; entry = messages.take(owner)) {
      ids.push(idOf(entry));
    }
    return ids;
  }

  it('delivers the messages of a key in the order of publishing, and keys in turns', () => {
    add('a', 'a1', 'a2', 'a3');
    add('b', 'b1', 'b2');
    const ids = takeAll();
    expect(ids.filter((id) => id.startsWith('a'))).to.deep.equal(['a1', 'a2', 'a3']);
    expect(ids.filter((id) => id.startsWith('b'))).to.deep.equal(['b1', 'b2']);
    expect(ids.slice(0, 2)).to.deep.equal(['a1', 'b1']);
    expect(messages.hasReady).to.equal(false);
  });

  it('gives a key to nobody else while any of it is outstanding', () => {
    add('a', 'a1', 'a2');
    const first = take();
    expect(takeAll(other)).to.deep.equal([]);
    messages.settle(first);
    expect(takeAll(other)).to.deep.equal(['a2']);
  });

  it('gives the other keys to others', () => {
    add('a', 'a1');
    add('b', 'b1');
    take();
    expect(takeAll(other)).to.deep.equal(['b1']);
  });

  it('gives one message of a key at a time to who wants it so', () => {
    const push: LeaseHolder = { takesOneOfEachKey: true, leaseEnded() {} };
    add('a', 'a1', 'a2');
    add('b', 'b1', 'b2');
    const [a1, b1] = [take(push), take(push)];
    expect([idOf(a1), idOf(b1)]).to.deep.equal(['a1', 'b1']);
    expect(takeAll(push)).to.deep.equal([]);
    messages.settle(a1);
    expect(takeAll(push)).to.deep.equal(['a2']);
  });

  it('delivers again what failed and all later messages of its key, even acknowledged ones', () => {
    add('a', '1', '2', '3', '4');
    const [, second, third] = [take(), take(), take()];
    messages.settle(third);
    expect(messages.fail(second, false).map(idOf)).to.deep.equal([]);
    expect([...messages.values()]).to.have.lengthOf(4);
    expect(takeAll()).to.deep.equal(['2', '3', '4']);
  });

  it('withdraws later messages that are outstanding, which counts as no attempt', () => {
    add('a', '1', '2');
    const [first, second] = [take(), take()];
    expect(messages.fail(first, false)).to.deep.equal([second]);
    const again = [take(), take()].map((entry) => [idOf(entry), entry.deliveryAttempt]);
    expect(again).to.deep.equal([
      ['1', 2],
      ['2', 1],
    ]);
  });

  it('leaves earlier messages outstanding', () => {
    add('a', '1', '2');
    const [first, second] = [take(), take()];
    messages.fail(second, false);
    expect(takeAll(other)).to.deep.equal([]);
    messages.settle(first);
    expect(takeAll(other)).to.deep.equal(['2']);
  });

  it('delivers nothing of a key during a backoff, and other keys all the same', () => {
    add('a', 'a1', 'a2');
    add('b', 'b1');
    const failed = take();
    messages.fail(failed, true);
    add('a', 'a3');
    expect(takeAll()).to.deep.equal(['b1']);
    messages.resume(failed);
    expect(takeAll()).to.deep.equal(['a1', 'a2', 'a3']);
  });

  it('delivers the next message when a dead letter is settled', () => {
    add('a', '1', '2');
    messages.settle(take());
    expect(takeAll()).to.deep.equal(['2']);
  });

  it('skips messages that are past their retention', () => {
    add('a', '1', '2', '3');
    const first = take();
    expired.add('2');
    expect(takeAll()).to.deep.equal(['3']);
    messages.settle(first);
    expired.add('4');
    add('a', '4');
    expect([...messages.values()].map(({ message }) => message.messageId)).to.deep.equal(['3']);
  });

  it('knows which message must be acknowledged next', () => {
    add('a', '1', '2');
    const [first, second] = [take(), take()];
    expect([first, second].map((entry) => messages.isFirst(entry))).to.deep.equal([true, false]);
    messages.settle(first);
    expect(messages.isFirst(second)).to.equal(true);
  });

  it('loses nothing and keeps the order, whatever happens', () => {
    const anyStep = fc.record({
      action: fc.constantFrom('add', 'take', 'take', 'settle', 'settle', 'fail'),
      index: fc.nat(10),
    });
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 60 }), (steps) => {
        messages = new OrderedMessages(() => false);
        const outstanding: OrderedEntry[] = [];
        let added = 0;
        for (const { action, index } of steps) {
          const entry = outstanding[index % Math.max(1, outstanding.length)];
          if (action === 'add') add(`key-${index % 2}`, String(added++));
          if (action === 'take') outstanding.push(...[messages.take(one)].flatMap((e) => e ?? []));
          if (action === 'settle' && entry) {
            messages.settle(entry);
            outstanding.splice(outstanding.indexOf(entry), 1);
          }
          if (action === 'fail' && entry) {
            const withdrawn = [entry, ...messages.fail(entry, false)];
            for (const each of withdrawn) outstanding.splice(outstanding.indexOf(each), 1);
          }
          for (const key of ['key-0', 'key-1']) {
            const positions = outstanding
              .filter(({ stored }) => stored.message.orderingKey === key)
              .map(({ position }) => position);
            expect(positions).to.deep.equal([...positions].sort((a, b) => a - b));
          }
        }
        for (const entry of outstanding) messages.settle(entry);
        const left = [...messages.values()].length;
        expect(takeAll()).to.have.lengthOf(left);
      }),
    );
  });
});
