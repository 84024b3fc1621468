import { expect } from 'chai';
import { logSampled } from 'iex-dataflow/src/pipeline/sampled-log';

describe('the sampled log', () => {
  const { warn } = console;
  const { now } = Date;
  let lines: Record<string, unknown>[];
  let time = now();

  beforeEach(() => {
    lines = [];
    console.warn = (line: string) => lines.push(JSON.parse(line));
    Date.now = () => time;
  });

  afterEach(() => {
    console.warn = warn;
    Date.now = now;
  });

  it('logs a repeated warning once a minute, with the number of those left out', () => {
    for (let i = 0; i < 1000; i++) logSampled('refused', { reason: `reason ${i}` });
    expect(lines).to.deep.equal([
      { severity: 'WARNING', message: 'refused', reason: 'reason 0', left_out: 0 },
    ]);
    time += 59_999;
    logSampled('refused', { reason: 'still within the minute' });
    expect(lines).to.have.lengthOf(1);
    time += 1;
    logSampled('refused', { reason: 'a minute later' });
    expect(lines[1]).to.deep.include({ reason: 'a minute later', left_out: 1000 });
    time += 60_000;
    logSampled('refused', { reason: 'another minute later' });
    expect(lines[2]).to.deep.include({ left_out: 0 });
  });

  it('distinguishes warnings', () => {
    logSampled('one warning', {});
    logSampled('another warning', {});
    expect(lines.map(({ message }) => message)).to.deep.equal(['one warning', 'another warning']);
  });
});
