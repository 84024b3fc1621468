import { expect } from 'chai';
import { MemoryLimit } from 'iex-pubsub-emulator/resources/memory-limit';

const MIB = 2 ** 20;

describe('MemoryLimit', () => {
  it('admits messages below the limit, and refuses them above it until memory is free', () => {
    let used = 0;
    const limit = new MemoryLimit(
      100 * MIB,
      () => used,
      () => undefined,
    );
    expect(() => limit.admit(10 * MIB)).to.not.throw();
    used = 101 * MIB;
    for (let i = 0; i < 2; i++) {
      expect(() => limit.admit(10 * MIB))
        .to.throw('more than 100 MiB')
        .with.property('code', 8);
    }
    used = 99 * MIB;
    expect(() => limit.admit(10 * MIB)).to.not.throw();
  });

  it('collects garbage before it refuses anything', () => {
    let used = 101 * MIB;
    const limit = new MemoryLimit(
      100 * MIB,
      () => used,
      () => {
        used = 50 * MIB;
      },
    );
    expect(() => limit.admit(1)).to.not.throw();
  });

  it('measures this process', () => {
    expect(() => new MemoryLimit(1).admit(1)).to.throw('0 MiB');
    expect(() => new MemoryLimit(2 ** 40).admit(1)).to.not.throw();
  });
});
