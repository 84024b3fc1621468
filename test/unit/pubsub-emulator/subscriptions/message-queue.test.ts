import { expect } from 'chai';
import type { Lease, LeaseEnd, StoredMessage } from 'iex-pubsub-emulator/subscriptions/lease';
import { MessageQueue } from 'iex-pubsub-emulator/subscriptions/message-queue';
import type { QueuePolicy } from 'iex-pubsub-emulator/subscriptions/queue-policy';
import { FakeClock } from 'iex-test/support/fake-clock';
import { storedMessage } from '../fixtures.js';

const HOUR = 3_600_000;
const ACK_DEADLINE = 10;
const NAME = 'projects/shop/subscriptions/billing';
const POLICY: QueuePolicy = {
  retention: HOUR,
  isOrdered: false,
  isExactlyOnce: false,
  retainsAcknowledged: false,
};

describe('MessageQueue', () => {
  let clock: FakeClock;
  let redeliverable: number;
  let deadLetters: { messageId: string; deliveryAttempt: number }[];
  let takesDeadLetters: boolean;

  beforeEach(() => {
    clock = new FakeClock();
    redeliverable = 0;
    deadLetters = [];
    takesDeadLetters = true;
  });

  function createQueue(policy: Partial<QueuePolicy> = {}): MessageQueue {
    return new MessageQueue(
      clock,
      NAME,
      { ...POLICY, ...policy },
      {
        onRedeliverable: () => {
          redeliverable += 1;
        },
        onDeadLetter: ({ message }: StoredMessage, deliveryAttempt) => {
          if (takesDeadLetters) deadLetters.push({ messageId: message.messageId, deliveryAttempt });
          return takesDeadLetters;
        },
      },
    );
  }

  function lease(queue: MessageQueue, ackDeadline = ACK_DEADLINE): Lease {
    const leased = queue.lease(ackDeadline);
    if (!leased) throw new Error('There is no message to lease.');
    return leased;
  }

  function idOf({ stored }: Lease): string {
    return stored.message.messageId;
  }

  it('leases messages in the order of publishing, each to one subscriber', () => {
    const queue = createQueue();
    for (const id of ['1', '2', '3']) queue.enqueue(storedMessage(id));
    expect([lease(queue), lease(queue), lease(queue)].map(idOf)).to.deep.equal(['1', '2', '3']);
    expect(queue.lease(ACK_DEADLINE)).to.equal(undefined);
  });

  it('never delivers an acknowledged message again and keeps nothing of it', () => {
    const queue = createQueue();
    for (let i = 0; i < 5_000; i++) queue.enqueue(storedMessage(String(i)));
    for (let i = 0; i < 5_000; i++) queue.acknowledge(lease(queue).ackId);
    expect([queue.hasReady, queue.leasedCount]).to.deep.equal([false, 0]);
    clock.advance(60_000);
    expect(queue.lease(ACK_DEADLINE)).to.equal(undefined);
    expect(redeliverable).to.equal(0);
  });

  it('delivers again once the ack deadline has passed, within 100 ms', () => {
    const queue = createQueue();
    queue.enqueue(storedMessage('1'));
    const first = lease(queue);
    clock.advance(ACK_DEADLINE * 1000 - 1);
    expect(queue.hasReady).to.equal(false);
    clock.advance(101);
    expect(redeliverable).to.equal(1);
    const second = lease(queue);
    expect(idOf(second)).to.equal('1');
    expect([first.deliveryAttempt, second.deliveryAttempt]).to.deep.equal([1, 2]);
    expect(second.ackId).to.not.equal(first.ackId);
  });

  it('ignores an acknowledgement that comes after the deadline', () => {
    const queue = createQueue();
    queue.enqueue(storedMessage('1'));
    const { ackId } = lease(queue);
    clock.advance(ACK_DEADLINE * 1000 + 100);
    queue.acknowledge(ackId);
    expect(idOf(lease(queue))).to.equal('1');
  });

  it('extends and shortens a lease from now on', () => {
    const queue = createQueue();
    queue.enqueue(storedMessage('1'));
    const { ackId } = lease(queue);
    clock.advance(9_000);
    queue.modifyAckDeadline(ackId, 20);
    clock.advance(19_900);
    expect(queue.hasReady).to.equal(false);
    queue.modifyAckDeadline(ackId, 1);
    clock.advance(1_100);
    expect(queue.hasReady).to.equal(true);
  });

  it('cannot extend a lease that has ended', () => {
    const queue = createQueue();
    queue.enqueue(storedMessage('1'));
    const { ackId } = lease(queue);
    queue.acknowledge(ackId);
    queue.modifyAckDeadline(ackId, 0);
    queue.modifyAckDeadline(ackId, 600);
    clock.advance(HOUR);
    expect(queue.hasReady).to.equal(false);
  });

  it('delivers a nacked message again at once, after those that wait', () => {
    const queue = createQueue();
    queue.enqueue(storedMessage('1'));
    queue.enqueue(storedMessage('2'));
    queue.modifyAckDeadline(lease(queue).ackId, 0);
    expect([lease(queue), lease(queue)].map(idOf)).to.deep.equal(['2', '1']);
  });

  it('notifies the holder when a lease starts and how it ends', () => {
    const queue = createQueue();
    const events: string[] = [];
    const holder = {
      leaseStarted: (started: Lease) => events.push(`${idOf(started)} started`),
      leaseEnded: (ended: Lease, end: LeaseEnd) => events.push(`${idOf(ended)} ${end}`),
    };
    for (const id of ['1', '2', '3']) queue.enqueue(storedMessage(id));
    const [first, second] = [1, 2, 3].map(() => queue.lease(ACK_DEADLINE, holder));
    queue.acknowledge(first?.ackId ?? '');
    queue.modifyAckDeadline(second?.ackId ?? '', 0);
    clock.advance(11_000);
    expect(events).to.deep.equal([
      '1 started',
      '2 started',
      '3 started',
      '1 acknowledged',
      '2 nacked',
      '3 expired',
    ]);
  });

  describe('with a retry policy', () => {
    const retryBackoff = { minimum: 1_000, maximum: 5_000 };

    it('doubles the backoff from the minimum to the maximum', () => {
      const queue = createQueue({ retryBackoff });
      queue.enqueue(storedMessage('1'));
      for (const backoff of [1_000, 2_000, 4_000, 5_000, 5_000]) {
        queue.modifyAckDeadline(lease(queue).ackId, 0);
        clock.advance(backoff - 1);
        expect(queue.hasReady, `before ${backoff} ms`).to.equal(false);
        clock.advance(100);
        expect(queue.hasReady, `after ${backoff} ms`).to.equal(true);
      }
      expect(redeliverable).to.equal(5);
    });

    it('backs off after a missed deadline too', () => {
      const queue = createQueue({ retryBackoff });
      queue.enqueue(storedMessage('1'));
      lease(queue);
      clock.advance(10_900);
      expect(queue.hasReady).to.equal(false);
      clock.advance(300);
      expect(queue.hasReady).to.equal(true);
    });

    it('does not overflow after very many attempts', () => {
      const queue = createQueue({ retryBackoff, retention: 10 * HOUR });
      queue.enqueue(storedMessage('1'));
      for (let attempt = 1; attempt <= 1_100; attempt++) {
        const { ackId, deliveryAttempt } = lease(queue);
        expect(deliveryAttempt).to.equal(attempt);
        queue.modifyAckDeadline(ackId, 0);
        clock.advance(5_100);
      }
    });
  });

  describe('with a dead-letter policy', () => {
    const maxDeliveryAttempts = 5;

    function failDeliveries(queue: MessageQueue, count: number) {
      for (let i = 0; i < count; i++) queue.modifyAckDeadline(lease(queue).ackId, 0);
    }

    it('hands over a message that the last attempt did not deliver', () => {
      const queue = createQueue({ maxDeliveryAttempts });
      queue.enqueue(storedMessage('1'));
      failDeliveries(queue, maxDeliveryAttempts - 1);
      expect(deadLetters).to.deep.equal([]);
      failDeliveries(queue, 1);
      expect(deadLetters).to.deep.equal([{ messageId: '1', deliveryAttempt: 5 }]);
      expect([queue.hasReady, queue.leasedCount]).to.deep.equal([false, 0]);
    });

    for (const [how, fail] of [
      ['a nack', (queue: MessageQueue) => failDeliveries(queue, 1)],
      [
        'a missed deadline',
        (queue: MessageQueue) => {
          lease(queue);
          clock.advance(10_100);
        },
      ],
    ] as const) {
      it(`ends the last lease, by ${how}, only after it has handed the message over`, () => {
        const leased: number[] = [];
        const queue = new MessageQueue(
          clock,
          NAME,
          { ...POLICY, maxDeliveryAttempts: 1 },
          {
            onRedeliverable: () => undefined,
            onDeadLetter: () => leased.push(queue.leasedCount) > 0,
          },
        );
        queue.enqueue(storedMessage('1'));
        fail(queue);
        expect(leased).to.deep.equal([1]);
        expect(queue.leasedCount).to.equal(0);
      });
    }

    it('counts missed deadlines as well', () => {
      const queue = createQueue({ maxDeliveryAttempts });
      queue.enqueue(storedMessage('1'));
      for (let i = 0; i < maxDeliveryAttempts; i++) {
        lease(queue);
        clock.advance(10_100);
      }
      expect(deadLetters).to.have.lengthOf(1);
    });

    it('does not hand over a message whose last attempt is acknowledged', () => {
      const queue = createQueue({ maxDeliveryAttempts });
      queue.enqueue(storedMessage('1'));
      failDeliveries(queue, maxDeliveryAttempts - 1);
      queue.acknowledge(lease(queue).ackId);
      clock.advance(HOUR);
      expect(deadLetters).to.deep.equal([]);
    });

    it('continues to deliver when the dead letter cannot be handed over', () => {
      takesDeadLetters = false;
      const queue = createQueue({ maxDeliveryAttempts });
      queue.enqueue(storedMessage('1'));
      failDeliveries(queue, 7);
      expect(lease(queue).deliveryAttempt).to.equal(8);
    });
  });

  describe('retention', () => {
    it('drops older messages, to the millisecond', () => {
      const queue = createQueue();
      queue.enqueue(storedMessage('old', 0));
      queue.enqueue(storedMessage('new', 1));
      clock.advance(HOUR);
      expect(idOf(lease(queue))).to.equal('new');
    });

    it('frees old messages when new ones come, even if nobody pulls', () => {
      const queue = createQueue();
      for (let i = 0; i < 100; i++) queue.enqueue(storedMessage(String(i), 0));
      clock.advance(HOUR);
      queue.enqueue(storedMessage('new', HOUR));
      expect(queue.hasReady).to.equal(true);
    });

    it('ends redeliveries too', () => {
      const queue = createQueue();
      queue.enqueue(storedMessage('1', 0));
      lease(queue, 600);
      clock.advance(HOUR);
      expect(queue.lease(ACK_DEADLINE)).to.equal(undefined);
    });

    it('follows a change of the policy', () => {
      const queue = createQueue();
      queue.enqueue(storedMessage('1', 0));
      clock.advance(HOUR / 2);
      queue.policy = { ...POLICY, retention: HOUR / 2 };
      expect(queue.lease(ACK_DEADLINE)).to.equal(undefined);
    });
  });

  describe('with message ordering', () => {
    const ordered = (id: string, orderingKey = 'a') => storedMessage(id, 0, { orderingKey });

    it('delivers again all messages of a key from the first whose deadline has passed', () => {
      const queue = createQueue({ isOrdered: true });
      for (const id of ['1', '2', '3']) queue.enqueue(ordered(id));
      const [first, second] = [lease(queue), lease(queue, 5), lease(queue)];
      clock.advance(5_100);
      queue.acknowledge(first.ackId);
      const again = [lease(queue), lease(queue)];
      expect(again.map(idOf)).to.deep.equal(['2', '3']);
      expect(again.map(({ deliveryAttempt }) => deliveryAttempt)).to.deep.equal([2, 1]);
      expect(queue.acknowledge(second.ackId)).to.equal('invalid');
    });

    it('counts an attempt of each message when the deadlines pass together', () => {
      const queue = createQueue({ isOrdered: true });
      for (const id of ['1', '2', '3']) queue.enqueue(ordered(id));
      for (let i = 0; i < 3; i++) lease(queue);
      clock.advance(10_100);
      const again = [lease(queue), lease(queue), lease(queue)];
      expect(again.map(idOf)).to.deep.equal(['1', '2', '3']);
      expect(again.map(({ deliveryAttempt }) => deliveryAttempt)).to.deep.equal([2, 2, 2]);
    });

    it('keeps the order of a key through the backoff of its first message', () => {
      const retryBackoff = { minimum: 1_000, maximum: 1_000 };
      const queue = createQueue({ isOrdered: true, retryBackoff });
      for (const id of ['1', '2']) queue.enqueue(ordered(id));
      queue.modifyAckDeadline(lease(queue).ackId, 0);
      expect(queue.hasReady).to.equal(false);
      clock.advance(1_100);
      expect([lease(queue), lease(queue)].map(idOf)).to.deep.equal(['1', '2']);
    });

    it('goes on behind a dead letter', () => {
      const queue = createQueue({ isOrdered: true, maxDeliveryAttempts: 2 });
      for (const id of ['1', '2']) queue.enqueue(ordered(id));
      for (let i = 0; i < 2; i++) queue.modifyAckDeadline(lease(queue).ackId, 0);
      expect(deadLetters).to.deep.equal([{ messageId: '1', deliveryAttempt: 2 }]);
      expect(idOf(lease(queue))).to.equal('2');
    });

    it('gives messages without a key their turn', () => {
      const queue = createQueue({ isOrdered: true });
      for (let i = 0; i < 10; i++) queue.enqueue(ordered(`ordered-${i}`, `key-${i}`));
      for (let i = 0; i < 10; i++) queue.enqueue(storedMessage(`plain-${i}`));
      const ids = Array.from({ length: 10 }, () => idOf(lease(queue)));
      expect(ids.filter((id) => id.startsWith('plain'))).to.have.lengthOf(5);
    });

    it('notifies the holder of messages that are withdrawn', () => {
      const queue = createQueue({ isOrdered: true });
      const ends: string[] = [];
      const holder = { leaseEnded: (ended: Lease, end: LeaseEnd) => ends.push(idOf(ended) + end) };
      for (const id of ['1', '2']) queue.enqueue(ordered(id));
      const [first] = [queue.lease(10, holder), queue.lease(10, holder)];
      queue.modifyAckDeadline(first?.ackId ?? '', 0);
      expect(ends).to.have.members(['1nacked', '2withdrawn']);
      expect(queue.leasedCount).to.equal(0);
    });

    // https://cloud.google.com/pubsub/docs/exactly-once-delivery
    it('takes acknowledgements only in order with exactly-once delivery', () => {
      const queue = createQueue({ isOrdered: true, isExactlyOnce: true });
      for (const id of ['1', '2']) queue.enqueue(ordered(id));
      const [first, second] = [lease(queue).ackId, lease(queue).ackId];
      const outcomes = [second, first, second].map((ackId) => queue.acknowledge(ackId));
      expect(outcomes).to.deep.equal(['unordered', 'success', 'success']);
    });
  });

  it('tells whether an ack id still has a lease', () => {
    const queue = createQueue();
    queue.enqueue(storedMessage('1'));
    const first = lease(queue).ackId;
    expect(queue.modifyAckDeadline(first, 20)).to.equal('success');
    expect(queue.modifyAckDeadline(first, 0)).to.equal('success');
    const second = lease(queue).ackId;
    expect(queue.modifyAckDeadline(first, 20)).to.equal('invalid');
    expect([first, second].map((ackId) => queue.acknowledge(ackId))).to.deep.equal([
      'invalid',
      'success',
    ]);
  });

  // https://cloud.google.com/pubsub/docs/replay-overview
  describe('seek', () => {
    const before = (sequence: number) => (stored: StoredMessage) => stored.sequence < sequence;

    it('replays retained messages in the order of publishing, and acknowledges older ones', () => {
      const queue = createQueue({ retainsAcknowledged: true });
      const messages = ['1', '2', '3', '4'].map((id) => storedMessage(id));
      for (const message of messages) queue.enqueue(message);
      const leases = [lease(queue), lease(queue), lease(queue)];
      queue.acknowledge(leases[2]?.ackId ?? '');
      queue.acknowledge(leases[1]?.ackId ?? '');
      queue.seek(before(messages[1]?.sequence ?? 0), []);
      expect(queue.acknowledge(leases[0]?.ackId ?? '')).to.equal('invalid');
      const replayed = [lease(queue), lease(queue), lease(queue)];
      expect(replayed.map(idOf)).to.deep.equal(['2', '3', '4']);
      expect(queue.hasReady).to.equal(false);
      queue.seek(() => false, []);
      expect(Array.from({ length: 4 }, () => idOf(lease(queue)))).to.deep.equal([
        '1',
        '2',
        '3',
        '4',
      ]);
    });

    it('ends all leases', () => {
      const queue = createQueue();
      const ends: LeaseEnd[] = [];
      queue.enqueue(storedMessage('1'));
      queue.lease(ACK_DEADLINE, { leaseEnded: (_lease, end) => ends.push(end) });
      queue.seek(() => false, []);
      expect(ends).to.deep.equal(['withdrawn']);
      expect(queue.leasedCount).to.equal(0);
    });

    it('does not bring back what was acknowledged without being retained', () => {
      const queue = createQueue();
      for (const id of ['1', '2']) queue.enqueue(storedMessage(id));
      queue.acknowledge(lease(queue).ackId);
      queue.seek(() => false, []);
      expect(queue.unacknowledged().map(({ message }) => message.messageId)).to.deep.equal(['2']);
    });

    it('forgets retained messages when they are too old, or no longer to be retained', () => {
      const queue = createQueue({ retainsAcknowledged: true });
      queue.enqueue(storedMessage('1', 0));
      queue.acknowledge(lease(queue).ackId);
      clock.advance(HOUR);
      queue.enqueue(storedMessage('2', HOUR));
      queue.acknowledge(lease(queue).ackId);
      queue.seek(() => false, []);
      expect(queue.unacknowledged()).to.have.lengthOf(1);
      queue.acknowledge(lease(queue).ackId);
      queue.policy = POLICY;
      queue.policy = { ...POLICY, retainsAcknowledged: true };
      queue.seek(() => false, []);
      expect(queue.unacknowledged()).to.deep.equal([]);
    });

    it('also decides about messages that wait for a backoff or have an ordering key', () => {
      const retryBackoff = { minimum: 1_000, maximum: 1_000 };
      const queue = createQueue({ isOrdered: true, retryBackoff });
      queue.enqueue(storedMessage('1'));
      queue.enqueue(storedMessage('2', 0, { orderingKey: 'a' }));
      queue.enqueue(storedMessage('3', 0, { orderingKey: 'a' }));
      for (let i = 0; i < 2; i++) queue.modifyAckDeadline(lease(queue).ackId, 0);
      expect(queue.unacknowledged()).to.have.lengthOf(3);
      queue.seek(({ message }) => message.messageId === '2', []);
      expect([lease(queue), lease(queue)].map(idOf)).to.have.members(['1', '3']);
      clock.advance(5_000);
      expect(queue.hasReady).to.equal(false);
    });

    it('takes over messages that only others have kept, each once', () => {
      const queue = createQueue();
      const [first, second] = [storedMessage('1'), storedMessage('2')];
      queue.enqueue(second);
      queue.seek(() => false, [first, second]);
      expect([lease(queue), lease(queue)].map(idOf)).to.deep.equal(['1', '2']);
      expect(queue.hasReady).to.equal(false);
    });
  });

  it('stops all timers on clear', () => {
    const queue = createQueue({ retryBackoff: { minimum: 1_000, maximum: 1_000 } });
    queue.enqueue(storedMessage('1'));
    queue.enqueue(storedMessage('2'));
    queue.modifyAckDeadline(lease(queue).ackId, 0);
    lease(queue);
    queue.clear();
    expect(clock.timerCount).to.equal(0);
    expect([queue.hasReady, queue.leasedCount]).to.deep.equal([false, 0]);
  });

  it('creates ack ids that no other queue creates', () => {
    const [one, other] = [createQueue(), createQueue()];
    for (const queue of [one, other]) queue.enqueue(storedMessage('1'));
    const [ackId, otherAckId] = [lease(one).ackId, lease(other).ackId];
    expect(ackId).to.not.equal(otherAckId);
    for (const queue of [one, other]) expect(queue.isAckId(ackId)).to.equal(true); // of one name
    for (const text of ['', 'nonsense', ackId.slice(1), `${ackId} `]) {
      expect(one.isAckId(text), text).to.equal(false);
    }
  });
});
