import { expect } from 'chai';
import { ServerClock } from 'iex-dashboard/page/server-clock';

describe('the clock of the page', () => {
  let monotonic: number;
  let clock: ServerClock;

  beforeEach(() => {
    monotonic = 5_000;
    clock = new ServerClock(() => monotonic);
  });

  it("is the viewer's until the server has sent its time", () => {
    expect(clock.now()).to.be.closeTo(Date.now(), 1000);
  });

  it("is the server's from then on, and advances between its messages", () => {
    clock.sync(1_000_000);
    expect(clock.now()).to.equal(1_000_000);
    monotonic += 1_500;
    expect(clock.now()).to.equal(1_001_500);
  });

  it('follows the server after its clock was set, or after the page was suspended', () => {
    clock.sync(1_000_000);
    monotonic += 10;
    clock.sync(400_000);
    expect(clock.now()).to.equal(400_000);
  });
});
