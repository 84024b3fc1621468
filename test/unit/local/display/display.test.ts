import { expect } from 'chai';
import { formatGain, formatTime } from 'iex-local/display/format';
import { plainLines } from 'iex-local/display/plain-lines';

describe('the formats of the display', () => {
  const gains: [number | null, string][] = [
    [1.234, '+1.23 %'],
    [-0.5, '-0.50 %'],
    [0, '0.00 %'],
    [-0.001, '0.00 %'],
    [999_999.9, '+999,999.90 %'],
    [1e6, '+1.00e+6 %'],
    [1e23, '+1.00e+23 %'],
    [null, '–'],
  ];
  for (const [gain, text] of gains) {
    it(`writes the gain ${gain} as ${text}`, () => expect(formatGain(gain)).to.equal(text));
  }

  it('writes a time in UTC', () => {
    expect(formatTime(Date.UTC(2026, 10, 22, 9, 0, 5))).to.equal('09:00:05Z');
  });
});

describe('plainLines', () => {
  const stock = { rank: 1, symbol: 'AAPL', meanPrice: 101.5, percentageGain: 0.25 };
  const windowEnd = Date.UTC(2026, 10, 22, 9, 0, 5);

  function linesOf(act: (display: ReturnType<typeof plainLines>) => void): string[] {
    const lines: string[] = [];
    act(plainLines((line) => lines.push(line)));
    return lines;
  }

  it('prints the ranking of each resolution and then the counters', () => {
    const lines = linesOf((display) => {
      display.onCommitted({ resolutionMinutes: 1, quotes: 10, rows: 60, deadLetters: 1 });
      display.onCommitted({ resolutionMinutes: 5, quotes: 10, rows: 300, deadLetters: 1 });
      display.onCommitted({ resolutionMinutes: 1, quotes: 2, rows: 12, deadLetters: 0 });
      display.onRankings([
        { resolutionMinutes: 1, windowEnd, stocks: [stock, { ...stock, rank: 2, symbol: 'GME' }] },
        { resolutionMinutes: 5, windowEnd, stocks: [{ ...stock, percentageGain: null }] },
      ]);
    });
    expect(lines[0]).to.match(/^09:00:05Z +1 min +1\. AAPL 101\.50 \(\+0\.25 %\) +2\. GME/);
    expect(lines[1]).to.match(/^09:00:05Z +5 min +1\. AAPL 101\.50 \(–\)$/);
    expect(lines[2]).to.match(/quotes 12 +rows 372 +dead letters 1 +lag \d+\.\d s$/);
    expect(lines).to.have.length(3);
  });

  it('shows no lag before a window has closed', () => {
    expect(linesOf((display) => display.close())[0]).to.match(/no window closed yet$/);
  });

  it('prints no control characters', () => {
    const lines = linesOf((display) => {
      display.onStarted([{ name: 'Database', where: 'iex.duckdb' }]);
      display.onNotice('runner ended');
      display.onRankings([{ resolutionMinutes: 1, windowEnd, stocks: [stock] }]);
      display.onStopping();
      display.close();
    });
    expect(lines.join('')).not.to.match(/[^\n\P{Cc}]/u);
  });
});
