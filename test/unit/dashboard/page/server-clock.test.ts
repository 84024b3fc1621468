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

  it("is the server's from then on, and goes on between its messages", () => {
    clock.sync(1_000_000);
    expect(clock.now()).to.equal(1_000_000);
    monotonic += 1_500;
    expect(clock.now()).to.equal(1_001_500);
  });

  it('follows a server whose clock was set, or a page that slept', () => {
    clock.sync(1_000_000);
    monotonic += 10;
    clock.sync(400_000);
    expect(clock.now()).to.equal(400_000);
  });
});
