import { expect } from 'chai';
import { type Facts, type Happened, takeAccount } from 'iex-test/support/chaos/account';
import type { Disturbance } from 'iex-test/support/chaos/faults';

const START = Date.parse('2026-11-25T15:00:00Z');
const SLOT_MS = 10_000;

/** A minute of one symbol and two resolutions, in which everything went right. */
function facts(): Facts & { published: Facts['published'][number][] } {
  const published = Array.from({ length: 6 }, (_, slot) => ({
    id: `alarm/AAPL/${slot}`,
    symbol: 'AAPL',
    eventTime: START + slot * SLOT_MS + 20,
  }));
  return {
    symbols: ['AAPL'],
    resolutions: [1, 5],
    alarms: [{ id: 'alarm', time: START }],
    published,
    groups: published.flatMap(({ symbol, eventTime }) =>
      [1, 5].map((resolutionMinutes) => {
        const windows = 6 * resolutionMinutes;
        return { symbol, eventTime, resolutionMinutes, rows: windows, windows };
      }),
    ),
    happened: [],
    until: START + 60_000,
  };
}

const during = (disturbance: Disturbance, slot: number): Happened => {
  const start = START + slot * SLOT_MS + 1000;
  return { disturbance, start, end: start + 2000 };
};

describe('the account of a chaos run', () => {
  it('finds nothing if all went right', () => {
    expect(takeAccount(facts())).to.deep.equal({
      slotsExpected: 6,
      slotsPublished: 6,
      explained: new Map(),
      unexplained: [],
      rowsExpected: 6 * (6 + 30),
      rowsFound: 6 * (6 + 30),
      lost: [],
      doubled: [],
      strange: [],
    });
  });

  it('finds a quote without rows, and one with too few', () => {
    const { groups, ...rest } = facts();
    const [first, second, ...others] = groups;
    const changed = [{ ...second!, rows: 29, windows: 29 }, ...others];
    expect(first!.resolutionMinutes).to.equal(1);
    expect(takeAccount({ ...rest, groups: changed }).lost).to.deep.equal([
      'alarm/AAPL/0, 1 min',
      'alarm/AAPL/0, 5 min',
    ]);
  });

  it('finds a window that has a quote twice', () => {
    const { groups, ...rest } = facts();
    const [first, ...others] = groups;
    const account = takeAccount({ ...rest, groups: [{ ...first!, rows: 12 }, ...others] });
    expect(account.doubled).to.deep.equal(['alarm/AAPL/0, 1 min']);
    expect(account.lost).to.deep.equal([]);
  });

  it('finds a slot that was taken twice and became rows twice, but not one of which one counts', () => {
    const all = facts();
    const again = { ...all.published[0]!, eventTime: START + 5000 };
    all.published.push(again);
    expect(takeAccount(all)).to.deep.include({ doubled: [], lost: [], strange: [] });
    const group = { ...all.groups[0]!, eventTime: again.eventTime };
    const doubled = takeAccount({ ...all, groups: [...all.groups, group] });
    expect(doubled.doubled).to.deep.equal(['alarm/AAPL/0, 1 min']);
  });

  it('finds rows of a quote that nobody published', () => {
    const { groups, ...rest } = facts();
    const invented = { ...groups[0]!, symbol: 'GME' };
    expect(takeAccount({ ...rest, groups: [...groups, invented] }).strange).to.have.length(1);
  });

  describe('for a missing slot', () => {
    const missing = (happened: readonly Happened[], slot = 3) => {
      const { published, groups, ...rest } = facts();
      const kept = published.filter((_, i) => i !== slot);
      const { explained, unexplained } = takeAccount({
        ...rest,
        published: kept,
        groups,
        happened,
      });
      return { explained: Object.fromEntries(explained), unexplained: unexplained.length };
    };

    it('has no explanation if nothing happened', () => {
      expect(missing([])).to.deep.equal({ explained: {}, unexplained: 1 });
    });

    const causes: Record<string, [Disturbance, at: number, isCause: boolean]> = {
      'a function that was killed then': [{ kind: 'kill', process: 'iexApi' }, 3, true],
      'a function that was killed just before': [{ kind: 'kill', process: 'iexApi' }, 1, true],
      'a function that was killed much earlier': [{ kind: 'kill', process: 'iexApi' }, 0, false],
      'a function that was killed later': [{ kind: 'kill', process: 'iexApi' }, 4, false],
      'the runner, for which messages wait': [{ kind: 'kill', process: 'runner' }, 3, false],
      'an API that failed': [{ kind: 'api', fault: { kind: 'html' }, durationMs: 2000 }, 3, true],
      'an API that failed for another symbol': [
        { kind: 'api', fault: { kind: 'html' }, symbol: 'GME', durationMs: 2000 },
        3,
        false,
      ],
      'a malformed message': [{ kind: 'malformed', topic: 'iex-ingest', data: '{}' }, 3, false],
      'a full disk, which only the runner needs': [{ kind: 'disk', durationMs: 2000 }, 3, false],
      'a repeated message': [{ kind: 'repeat' }, 3, false],
    };
    for (const [name, [disturbance, at, isCause]] of Object.entries(causes)) {
      it(`${isCause ? 'blames' : 'does not blame'} ${name}`, () => {
        const { unexplained } = missing([during(disturbance, at)]);
        expect(unexplained).to.equal(isCause ? 0 : 1);
      });
    }
  });

  it('counts the slots of an alarm that was never published, and none that had not ended', () => {
    const all = facts();
    const alarms = [...all.alarms, { id: undefined, time: START + 60_000 }];
    const account = takeAccount({ ...all, alarms, until: START + 85_000 });
    expect(account.slotsExpected).to.equal(8);
    expect(account.unexplained).to.have.length(2);
  });
});
