import { expect } from 'chai';
import { Reasons } from 'iex-local/replay/reasons';

describe('the reasons of a replay', () => {
  it('are empty at first', () => {
    expect(new Reasons().mostFrequent()).to.equal(undefined);
  });

  it('are of one kind if they differ only in quoted parts and numbers', () => {
    const reasons = new Reasons();
    for (const reason of ['no time', `not JSON: "x" at 1`, `not JSON: "yy" at 22`])
      reasons.add(reason);
    expect(reasons.mostFrequent()).to.deep.equal({ count: 2, example: 'not JSON: "x" at 1' });
  });

  it('are shown in one short line', () => {
    const reasons = new Reasons();
    reasons.add(`a\nb ${'x'.repeat(1000)}`);
    expect(reasons.mostFrequent()?.example)
      .to.match(/^a b x{190,}…$/)
      .and.have.length.below(210);
  });

  it('need limited memory, however many there are', () => {
    const reasons = new Reasons();
    const kind = (i: number) =>
      i.toString(36).replace(/\d/g, (d) => 'ABCDEFGHIJ'[Number(d)] as string);
    for (let i = 0; i < 5000; i += 1) reasons.add(kind(i));
    for (let i = 0; i < 2; i += 1) reasons.add(kind(7));
    expect(reasons.mostFrequent()?.count).to.equal(3);
  });
});
