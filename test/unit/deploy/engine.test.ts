import { expect } from 'chai';
import { OperationalError, UsageError } from 'iex-cli';
import { checkEngine } from 'iex-deploy/src/engine';
import type { ResourceChange } from 'iex-deploy/src/plan';
import { summarize } from 'iex-deploy/src/plan-summary';
import type { Settings } from 'iex-deploy/src/terraform';

type Engine = Settings['window_engine'];

const settings = (window_engine: Engine): Settings => ({
  dataflow_layout: 'single',
  dataflow_machine_type: 'e2-standard-2',
  quote_source: 'alpaca',
  resolutions: [1],
  window_engine,
});

describe('the window engine', () => {
  const noFlags = { skipTemplates: false, workerImage: undefined };

  for (const engine of ['dataflow', 'both'] as const) {
    it(`${engine} needs the tools that build templates`, () => {
      expect(() => checkEngine(noFlags, settings(engine), ['java is missing']))
        .to.throw(OperationalError)
        .with.property('details', '- java is missing');
      const flags = { skipTemplates: true, workerImage: 'image' };
      expect(() => checkEngine(flags, settings(engine), [])).not.to.throw();
    });
  }

  it('bigquery needs none of them', () => {
    expect(() => checkEngine(noFlags, settings('bigquery'), ['java is missing'])).not.to.throw();
  });

  for (const [flag, flags] of Object.entries({
    '--skip-templates': { ...noFlags, skipTemplates: true },
    '--worker-image': { ...noFlags, workerImage: 'image' },
  })) {
    it(`bigquery refuses ${flag}, in one line`, () => {
      expect(() => checkEngine(flags, settings('bigquery'), []))
        .to.throw(UsageError, `omit ${flag}`)
        .with.property('message')
        .that.matches(/^[^\n]+$/);
    });
  }
});

describe('a switch of the window engine', () => {
  const TABLE: { view: object[] } = { view: [] };
  const VIEW = { view: [{ query: 'SELECT 1' }] };
  const TICKS = 'google_bigquery_table.tick["tick"]';

  const change = (
    address: string,
    before: Record<string, unknown> | null,
    after: Record<string, unknown> | null,
  ): ResourceChange => {
    const isSame = JSON.stringify(before) === JSON.stringify(after);
    const actions = [before ? 'delete' : [], after ? 'create' : []].flat();
    const kept = isSame ? ['no-op'] : actions;
    return { address, type: 'google_bigquery_table', change: { actions: kept, before, after } };
  };
  const summaryOf = (
    quote: [typeof TABLE | null, typeof TABLE | null],
    ticks: [typeof TABLE | null, typeof TABLE | null],
  ) =>
    summarize({
      resource_changes: [
        change('google_bigquery_table.quote', ...quote),
        change(TICKS, ...ticks),
      ].filter(({ change: { before, after } }) => before ?? after),
    });

  it('to BigQuery loses the rows, and keeps the ticks', () => {
    const { engineSwitch, losses } = summaryOf([TABLE, VIEW], [TABLE, TABLE]);
    expect(losses).to.deep.equal(['google_bigquery_table.quote (replace): its rows']);
    expect(engineSwitch?.note).to.contain('become views of iex.tick');
    expect(engineSwitch?.refusal).to.equal(undefined);
  });

  it('back to Dataflow loses nothing', () => {
    const { engineSwitch, losses } = summaryOf([VIEW, TABLE], [TABLE, TABLE]);
    expect(losses).to.deep.equal([]);
    expect(engineSwitch?.note).to.contain('iex.tick keeps all quotes');
    expect(engineSwitch?.refusal).to.equal(undefined);
  });

  it('is refused if the new engine does not have the quotes yet', () => {
    const toBigQuery = summaryOf([TABLE, VIEW], [null, TABLE]).engineSwitch;
    const toDataflow = summaryOf([VIEW, TABLE], [TABLE, null]).engineSwitch;
    for (const { refusal } of [toBigQuery!, toDataflow!]) {
      expect(refusal).to.match(/^[^\n]*window_engine = "both" first[^\n]*$/);
    }
  });

  it('is not a first deployment, a destruction, or a step before or after the switch', () => {
    for (const [quote, ticks] of [
      [
        [null, VIEW],
        [null, TABLE],
      ],
      [
        [VIEW, null],
        [TABLE, null],
      ],
      [
        [TABLE, TABLE],
        [null, TABLE],
      ],
      [
        [TABLE, TABLE],
        [TABLE, null],
      ],
      [
        [VIEW, VIEW],
        [TABLE, TABLE],
      ],
    ] as const) {
      expect(summaryOf([...quote], [...ticks]).engineSwitch).to.equal(undefined);
    }
  });
});
