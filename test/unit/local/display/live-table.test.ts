import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { expect } from 'chai';
import { liveTable } from 'iex-local/display/live-table';

describe('liveTable', () => {
  /** A terminal of so many columns, and what was written to it. */
  function fakeTerminal() {
    const stream = Object.assign(new PassThrough(), { columns: 100, rows: 40, isTTY: true });
    let written = '';
    stream.on('data', (text) => {
      written += text;
    });
    return {
      terminal: stream as unknown as NodeJS.WriteStream,
      text: () => stripVTControlCharacters(written),
    };
  }

  it('shows the parts, then the top of each resolution and the counters', () => {
    const { terminal, text } = fakeTerminal();
    const display = liveTable(terminal);
    display.onStarted([{ name: 'Dashboard', where: 'http://localhost:8080' }]);
    display.onCommitted({ resolutionMinutes: 1, quotes: 10, rows: 60, deadLetters: 0 });
    display.onRankings([
      {
        resolutionMinutes: 5,
        windowEnd: Date.UTC(2026, 10, 22, 9, 0, 5),
        stocks: [
          { rank: 1, symbol: 'AAPL', meanPrice: 101.5, percentageGain: 0.25 },
          { rank: 2, symbol: 'GME', meanPrice: 20, percentageGain: -1 },
        ],
      },
    ]);
    display.close();
    expect(text()).to.match(/Dashboard +http:\/\/localhost:8080/);
    expect(text()).to.match(/ 5 min to 09:00:05Z +1\. AAPL +101\.50 +\+0\.25 %/);
    expect(text()).to.match(/ 2\. GME +20\.00 +-1\.00 %/);
    expect(text()).to.match(/quotes 10 +rows 60 +dead letters 0 +lag/);
  });

  it('keeps its columns for windows of a day', () => {
    const { terminal, text } = fakeTerminal();
    const stock = { symbol: 'AAPL', meanPrice: 101.5, percentageGain: 0.25 };
    const windowEnd = Date.UTC(2026, 10, 22, 9, 0, 5);
    const stocks = [
      { ...stock, rank: 1 },
      { ...stock, rank: 2 },
    ];
    const display = liveTable(terminal);
    display.onRankings([
      { resolutionMinutes: 1, windowEnd, stocks },
      { resolutionMinutes: 1440, windowEnd, stocks },
    ]);
    display.close();
    const rows = text().match(/^.*AAPL.*$/gm) ?? [];
    expect(rows).to.have.length.above(3);
    expect(new Set(rows.map((row) => row.indexOf('AAPL')))).to.have.property('size', 1);
  });

  it('keeps notices above the table', () => {
    const { terminal, text } = fakeTerminal();
    const display = liveTable(terminal);
    display.onStarted([{ name: 'Database', where: 'x' }]);
    display.onNotice('runner ended (SIGKILL) and is being started again');
    display.onStopping();
    display.close();
    const last = text().trimEnd().split('\n').at(-1);
    expect(text()).to.include('runner ended (SIGKILL)');
    expect(last).to.match(/quotes 0/);
  });
});
