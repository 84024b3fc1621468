import { expect } from 'chai';
import { Deadlines } from 'iex-pubsub-emulator/subscriptions/deadlines';
import { FakeClock } from 'iex-test/support/fake-clock';

describe('Deadlines', () => {
  let clock: FakeClock;
  let due: string[][];
  let deadlines: Deadlines<string>;

  beforeEach(() => {
    clock = new FakeClock();
    due = [];
    deadlines = new Deadlines(clock, (items) => due.push(items));
  });

  it('reports an item at its deadline or at most 100 ms later', () => {
    deadlines.set('a', 10_003);
    clock.advance(10_002);
    expect(due).to.deep.equal([]);
    clock.advance(101);
    expect(due).to.deep.equal([['a']]);
  });

  it('reports items that are already due at the next turn of the clock, not within the call', () => {
    clock.advance(1_000);
    deadlines.set('a', 400);
    expect(due).to.deep.equal([]);
    clock.advance(0);
    expect(due).to.deep.equal([['a']]);
  });

  it('reports items in the order of their deadlines, whatever the order of setting', () => {
    deadlines.set('late', 3_000);
    deadlines.set('early', 1_000);
    deadlines.set('middle', 2_000);
    clock.advance(5_000);
    expect(due.flat()).to.deep.equal(['early', 'middle', 'late']);
  });

  it('reports items that fell due while the process was busy together', () => {
    deadlines.set('b', 2_000);
    deadlines.set('a', 1_000);
    const realNow = clock.now.bind(clock);
    clock.now = () => realNow() + 5_000; // the first timer fires 5 s late
    clock.advance(1_000);
    expect(due).to.deep.equal([['a', 'b']]);
  });

  it('moves a deadline, to later and to earlier', () => {
    deadlines.set('a', 1_000);
    deadlines.set('a', 3_000);
    clock.advance(2_900);
    expect(due).to.deep.equal([]);
    deadlines.set('b', 60_000);
    deadlines.set('b', 3_000);
    clock.advance(200);
    expect(due.flat()).to.have.members(['a', 'b']);
    expect(deadlines.size).to.equal(0);
  });

  it('does not report a deleted item, and allows deleting it twice', () => {
    deadlines.set('a', 1_000);
    deadlines.delete('a');
    deadlines.delete('a');
    clock.advance(2_000);
    expect(due).to.deep.equal([]);
    expect(deadlines.size).to.equal(0);
  });

  it('sets items while it reports others', () => {
    const seen: string[] = [];
    const chain = new Deadlines<string>(clock, ([item]) => {
      seen.push(item ?? '');
      if (item === 'first') chain.set('second', clock.now() + 1_000);
    });
    chain.set('first', 1_000);
    clock.advance(3_000);
    expect(seen).to.deep.equal(['first', 'second']);
  });

  it('wakes once for each time something is due, and never when nothing waits', () => {
    for (let i = 0; i < 1_000; i++) deadlines.set(`item ${i}`, 10_000);
    clock.advance(60_000);
    expect(due.flat()).to.have.lengthOf(1_000);
    expect(clock.wakeUps).to.equal(1);
    expect(clock.timerCount).to.equal(0);
  });

  it('has one timer at most, and none after clear', () => {
    for (const time of [5_000, 1_000, 3_000]) deadlines.set(`at ${time}`, time);
    expect(clock.timerCount).to.equal(1);
    deadlines.clear();
    expect(clock.timerCount).to.equal(0);
    clock.advance(10_000);
    expect(due).to.deep.equal([]);
  });
});
