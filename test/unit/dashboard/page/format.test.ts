import { expect } from 'chai';
import {
  direction,
  formatDuration,
  formatGain,
  formatRange,
  formatRate,
  formatText,
  formatTime,
  formatUtc,
  rankChange,
} from 'iex-dashboard/page/format';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('how the page writes', () => {
  it('gains with arrow and sign, so that they can be read without colour', () => {
    expect(formatGain(1.234)).to.equal('▲ +1.23\u202f%');
    expect(formatGain(-1.234)).to.equal('▼ \u22121.23\u202f%');
    expect(formatGain(0)).to.equal('0.00\u202f%');
    expect(formatGain(null)).to.equal('–');
  });

  it('a huge gain as a power of ten', () => {
    expect(formatGain(999_999)).to.equal('▲ +999,999.00\u202f%');
    expect(formatGain(1.234e15)).to.equal('▲ +1.23e+15\u202f%');
  });

  it('a gain that rounds to zero as zero', () => {
    expect(formatGain(0.0049)).to.equal('0.00\u202f%');
    expect(formatGain(-0.0049)).to.equal('0.00\u202f%');
    expect(direction(0.005)).to.equal('up');
    expect(direction(-0.005)).to.equal('down');
    expect(direction(null)).to.equal('flat');
  });

  it('small rates with a decimal', () => {
    expect(formatRate(0.95)).to.equal('1.0');
    expect(formatRate(99.9)).to.equal('99.9');
    expect(formatRate(12_600)).to.equal('12,600');
  });

  for (const [milliseconds, text] of [
    [-5, '0 s'],
    [999, '0 s'],
    [119 * SECOND, '119 s'],
    [2 * MINUTE, '2 min'],
    [2 * HOUR - 1, '119 min'],
    [2 * HOUR, '2 h'],
    [48 * HOUR, '2 days'],
    [729 * DAY, '729 days'],
    [13.5 * 365.25 * DAY, '13 years'],
  ] as const) {
    it(`${milliseconds} ms as ${text}`, () => {
      expect(formatDuration(milliseconds)).to.equal(text);
    });
  }

  it('a time of another day with its date', () => {
    const noon = new Date(2026, 10, 22, 12, 0, 5).getTime();
    expect(formatTime(noon, noon + HOUR)).to.equal('12:00:05');
    expect(formatTime(noon, noon + DAY)).to.equal('22 Nov 2026, 12:00:05');
  });

  it('the date of a range once, unless midnight lies within', () => {
    const noon = new Date(2026, 10, 22, 12, 0, 5).getTime();
    expect(formatRange(noon, noon + MINUTE, noon)).to.equal('12:00:05 – 12:01:05');
    expect(formatRange(noon, noon + MINUTE, noon + DAY)).to.equal(
      '22 Nov 2026, 12:00:05 – 12:01:05',
    );
    expect(formatRange(noon - 13 * HOUR, noon, noon)).to.equal('21 Nov 2026, 23:00:05 – 12:00:05');
  });

  it('characters that are invisible, or reverse the direction of others, as their code points', () => {
    expect(formatText('a\u202Eb\u0000c\uFEFFd')).to.equal('a\\u{202E}b\\u{0000}c\\u{FEFF}d');
    expect(formatText('"Ä" 🦄\n\t<b>')).to.equal('"Ä" 🦄\n\t<b>');
    expect(formatText('\uD83E')).to.equal('\\u{D83E}');
  });

  it('UTC to the second', () => {
    expect(formatUtc(Date.parse('2026-11-22T14:00:05.999Z'))).to.equal('2026-11-22 14:00:05 UTC');
  });

  for (const [rank, before, sign, words] of [
    [1, 3, '▲ 2', 'up 2'],
    [3, 1, '▼ 2', 'down 2'],
    [2, 2, '=', 'unchanged'],
    [3, null, 'new', 'new in the top three'],
  ] as const) {
    it(`rank ${rank} after ${before} as '${sign}'`, () => {
      expect(rankChange(rank, before, true)).to.include({ sign, words });
    });
  }

  it('no change of rank if there was no ranking before', () => {
    expect(rankChange(1, null, false)).to.include({ sign: '–', direction: 'flat' });
  });
});
