import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import fc from 'fast-check';
import { tickBytes } from '../../../docs/costs/bytes.js';
import { deployment } from '../../../docs/costs/deployment.js';
import { type Price, prices } from '../../../docs/costs/inputs.js';
import { type Layout, load } from '../../../docs/costs/load.js';
import * as model from '../../../docs/costs/model.js';
import { tables } from '../../../docs/costs/tables.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

const { monthlyCost, totalCost } = model;

const symbolCount = fc.integer({ min: 1, max: 10_000 });
const layout = fc.constantFrom<Layout>('per_resolution', 'single');
const mode = fc.constantFrom<model.Mode>('always', 'marketHours', 'marketHoursDrained');
const engine = fc.constantFrom('dataflow' as const, 'bigquery' as const);
const anyOptions = fc.record({ symbols: symbolCount, layout, mode });

describe('docs/costs.ts', () => {
  const tablesIn = (document: string) =>
    [...document.matchAll(/<!-- costs: (\w+) -->\n\n(.*?)\n\n<!-- end -->/gs)].map(
      ([, name = '', table]) => [name, table],
    );

  it('agrees with docs/costs.md (if not: npm run costs -- --write)', () => {
    const found = tablesIn(readFileSync(join(ROOT, 'docs/costs.md'), 'utf8'));
    // The comparison of the engines is for the first page only.
    const expected = Object.keys(tables).filter((name) => name !== 'engines');
    expect(found.map(([name]) => name)).to.have.members(expected);
    for (const [name = '', table] of found) expect(table, name).to.equal(tables[name]?.());
  });

  it('agrees with README.md (if not: npm run costs -- --write)', () => {
    const found = tablesIn(readFileSync(join(ROOT, 'README.md'), 'utf8'));
    expect(found).to.deep.equal(['engines', 'summary'].map((name) => [name, tables[name]?.()]));
  });
});

describe('the estimate of costs', () => {
  const ten = { symbols: 10, layout: 'single', mode: 'always' } as const;

  it('agrees with workers that are computed by hand', () => {
    // An e2-standard-2 has 2 vCPUs and 8 GiB, and 30 GiB of disk: 0.168076 USD an hour in
    // us-central1, times 1.28837.
    const perMonth = 0.168076 * 730.5 * 1.28837;
    expect(monthlyCost(ten)['Dataflow workers']).to.be.closeTo(perMonth, 0.01);
    const three = monthlyCost({ ...ten, layout: 'per_resolution' });
    expect(three['Dataflow workers']).to.be.closeTo(3 * perMonth, 0.03);
    // 152.19 hours of quotes and 10.87 of starting and draining.
    const drained = monthlyCost({ ...ten, mode: 'marketHoursDrained' });
    expect(drained['Dataflow workers']).to.be.closeTo((perMonth * 163.06) / 730.5, 0.01);
  });

  it('agrees with functions that are computed by hand', () => {
    // An instance for 52 s of each of 43,830 minutes, the fan-out for 1 s: 2,322,990 s, of which
    // 4.32 and 0.90 USD are free.
    const cpu = 2_322_990 * 0.0000336 - 4.32;
    const memory = (2_322_990 / 4) * 0.0000035 - 0.9;
    expect(monthlyCost(ten).Functions).to.be.closeTo(cpu + memory, 0.01);
    // 100 messages a minute are three instances of 48, and 101 requests a minute, of which two
    // million are free.
    const hundred = monthlyCost({ ...ten, symbols: 100, tickersPerMessage: 1 }).Functions;
    const seconds = 43_830 * (3 * 52 + 1);
    const requests = ((43_830 * 101 - 2_000_000) / 1e6) * 0.4;
    expect(hundred).to.be.closeTo(
      seconds * 0.0000336 - 4.32 + (seconds / 4) * 0.0000035 - 0.9 + requests,
      0.01,
    );
  });

  it('agrees with a sixth of a CPU that is computed by hand', () => {
    const cost = (options: Partial<model.Options>) =>
      monthlyCost({ ...ten, functionVcpus: 0.167, ...options }).Functions;
    const cpu = 2_322_990 * 0.167 * 0.0000336 - 4.32;
    const memory = (2_322_990 / 4) * 0.0000035 - 0.9;
    expect(cost({})).to.be.closeTo(cpu + memory, 0.01);
    expect(cost({})).to.be.within(9, 11);
    expect(monthlyCost(ten).Functions).to.be.within(70, 80);
    // An instance handles one message at a time: ten messages are ten instances.
    const seconds = 43_830 * (10 * 52 + 1);
    expect(cost({ tickersPerMessage: 1 })).to.be.closeTo(
      seconds * 0.167 * 0.0000336 - 4.32 + (seconds / 4) * 0.0000035 - 0.9,
      0.01,
    );
  });

  it('agrees with addresses that are computed by hand', () => {
    const addresses = (options: Partial<model.Options>) =>
      monthlyCost({ ...ten, ...options })["Workers' addresses"];
    // Three workers of 730.5 hours each, of which 744 hours are free; one worker is free.
    expect(addresses({ layout: 'per_resolution' })).to.be.closeTo((3 * 730.5 - 744) * 0.005, 1e-6);
    expect(addresses({})).to.equal(0);
    expect(addresses({ layout: 'per_resolution', privateIps: true })).to.equal(0);
  });

  it('agrees with alerts and images that are computed by hand', () => {
    // Nine conditions; and each minute 2 series of 5 subscriptions, 2 of dead letters, 2 ratios of
    // 2, 4 of 3 jobs, and 1.
    const { Alerts: alerts, 'Alarm, logs, secret, images': rest } = monthlyCost({
      ...ten,
      layout: 'per_resolution',
    });
    expect(alerts).to.be.closeTo(9 * 0.1 + (29 * 43_830 * 0.35) / 1e6, 0.01);
    // Ten images of 0.2 GB, of which 0.5 GB are free. The alarm, the secret and the logs are free.
    expect(rest).to.be.closeTo(0.15, 0.001);
  });

  it('costs less in us-central1: only workers, Streaming Engine and functions', () => {
    fc.assert(
      fc.property(anyOptions, (options) => {
        const london = monthlyCost({ ...options, region: 'europe-west2' });
        expect(london).to.deep.equal(monthlyCost(options));
        const items = Object.entries(monthlyCost({ ...options, region: 'us-central1' }));
        for (const [item, usd] of items) {
          const isCheaper = /^(Dataflow workers|Streaming Engine)$/.test(item);
          if (isCheaper) expect(usd * 1.28837, item).to.be.closeTo(london[item]!, 0.01);
          else if (item === 'Functions') expect(usd).to.be.at.most(london[item]!);
          else expect(usd, item).to.equal(london[item]);
        }
      }),
    );
    // Tier 1: 2,322,990 s, of which 180,000 vCPU seconds and 360,000 GiB seconds are free.
    const central = monthlyCost({ ...ten, region: 'us-central1' }).Functions;
    const cpu = (2_322_990 - 180_000) * 0.000024;
    expect(central).to.be.closeTo(cpu + (2_322_990 / 4 - 360_000) * 0.0000025, 0.01);
  });

  it('agrees with rows that are computed by hand', () => {
    // 126,000 rows a second of 37.7 bytes: 381.9 GiB a day, 11,634 GiB a month.
    const cost = monthlyCost({ symbols: 10_000, layout: 'single', mode: 'always' });
    const dayGib = (126_000 * 86_400 * 37.7) / 2 ** 30;
    expect(cost['BigQuery: writing']).to.be.closeTo((dayGib * 30.4375 - 2048) * 0.025, 0.01);
    expect(cost['BigQuery: storage']).to.be.closeTo((dayGib * 90 - 10) * 0.023, 0.01);
  });

  it('agrees with messages that are computed by hand', () => {
    // 100 symbols: 1 alarm, 100 messages and 600 quotes a minute, each published once and delivered
    // once (quotes: to one job or three), each charged as 1,000 bytes.
    const usd = (requests: number) => ((requests * 1000 * 43_830) / 2 ** 40 - 10 / 1024) * 40;
    const hundred = { ...ten, symbols: 100, tickersPerMessage: 1 };
    expect(monthlyCost(hundred)['Pub/Sub']).to.be.closeTo(usd(2 * (1 + 100 + 600)), 0.01);
    expect(monthlyCost({ ...hundred, layout: 'per_resolution' })['Pub/Sub']).to.be.closeTo(
      usd(2 * (1 + 100) + 4 * 600),
      0.01,
    );
  });

  describe('without workers', () => {
    const bigquery = { symbols: 10, layout: 'bigquery', mode: 'always' } as const;
    const cheap = { ...bigquery, functionVcpus: 0.167 };

    it('is within the aims: 15 USD always on, 5 in market hours, 500 for 10,000 symbols', () => {
      for (const symbols of [10, 100]) {
        expect(totalCost({ ...cheap, symbols })).to.be.below(15);
        expect(totalCost({ ...cheap, symbols, mode: 'marketHours' })).to.be.below(5);
      }
      expect(totalCost({ ...bigquery, symbols: 10_000 })).to.be.below(500);
    });

    it('has nothing of Dataflow', () => {
      const cost = monthlyCost(bigquery);
      for (const item of ['Dataflow workers', "Workers' addresses", 'Streaming Engine']) {
        expect(cost[item], item).to.equal(0);
      }
    });

    it('agrees with messages that are computed by hand', () => {
      // Each minute 1 alarm and 1 message, published and delivered, and 6 publications: of 1,000
      // bytes. And 60 quotes, each written as a message of 1,000 bytes at a price of its own.
      const basic = ((2 * 2 + 6) * 1000 * 43_830) / 2 ** 40 - 10 / 1024;
      const written = (60 * 1000 * 43_830) / 2 ** 40;
      expect(monthlyCost(cheap)['Pub/Sub']).to.be.closeTo(
        Math.max(0, basic) * 40 + written * 50,
        0.01,
      );
    });

    it('agrees with storage and alerts that are computed by hand', () => {
      // 1,000 ticks a second, of 3 numbers and 4 texts.
      const storage = monthlyCost({ ...bigquery, symbols: 10_000 })['BigQuery: storage']!;
      const gib = (1000 * 86_400 * 90 * tickBytes.stored) / 2 ** 30;
      expect(storage).to.be.closeTo((gib - 10) * 0.023, 0.01);
      // Eight conditions; and each minute 2 series of 4 subscriptions, 2 of dead letters, 2 ratios
      // of 2, a ratio of 2 subscriptions, 2 that are compared, and 2 single ones.
      const series = 2 * 4 + 2 + 2 * 2 + 2 * 2 + 2 + 2;
      expect(monthlyCost(bigquery).Alerts).to.be.closeTo(
        8 * 0.1 + (series * 43_830 * 0.35) / 1e6,
        0.01,
      );
    });
  });

  it('uses the row size that docs/infrastructure.md states', () => {
    const documentation = readFileSync(join(ROOT, 'docs/infrastructure.md'), 'utf8');
    expect(documentation).to.contain(`A row is about ${Math.round(deployment.rowBytes)} bytes`);
  });

  it('assumes only what Terraform accepts', () => {
    for (const symbols of [10, 100, 400, 401, 10_000]) {
      const { messagesPerMinute } = load({ symbols, layout: 'single' });
      const { functionConcurrency, functionMaxInstances } = deployment;
      expect(2 * messagesPerMinute).to.be.at.most(functionConcurrency * functionMaxInstances);
    }
  });

  it('costs more with more symbols', () => {
    fc.assert(
      fc.property(
        symbolCount,
        symbolCount,
        layout,
        mode,
        fc.constantFrom(1, 10, 100),
        (a, b, ...rest) => {
          const [layout, mode, tickersPerMessage] = rest;
          const cost = (symbols: number) => totalCost({ symbols, layout, mode, tickersPerMessage });
          expect(cost(Math.min(a, b))).to.be.at.most(cost(Math.max(a, b)) + 1e-9);
        },
      ),
    );
  });

  it('costs less with one job than with three', () => {
    fc.assert(
      fc.property(symbolCount, mode, (symbols, mode) => {
        const [one, three] = (['single', 'per_resolution'] as const).map((layout) =>
          totalCost({ symbols, layout, mode }),
        );
        expect(one).to.be.below(three!);
      }),
    );
  });

  it('costs less with fewer hours', () => {
    fc.assert(
      fc.property(symbolCount, layout, (symbols, layout) => {
        const cost = (mode: model.Mode) => totalCost({ symbols, layout, mode });
        expect(cost('marketHours')).to.be.below(cost('always'));
        expect(cost('marketHoursDrained')).to.be.below(cost('marketHours'));
      }),
    );
  });

  it('never costs more with faster workers', () => {
    fc.assert(
      fc.property(anyOptions, fc.integer({ min: 1, max: 1000 }), (options, speed) => {
        const cost = (quotesPerSecondPerVcpu: number) =>
          totalCost({ ...options, quotesPerSecondPerVcpu });
        expect(cost(2 * speed)).to.be.at.most(cost(speed) + 1e-9);
      }),
    );
  });

  it('has no negative item', () => {
    fc.assert(
      fc.property(anyOptions, (options) => {
        for (const [item, usd] of Object.entries(monthlyCost(options))) {
          expect(usd, item).to.be.at.least(0);
        }
      }),
    );
  });

  it('charges only what exceeds the free amount', () => {
    const price = { usd: 2, free: 10 };
    expect([0, 9.9, 10, 11].map((amount) => model.priceOf(price, amount))).to.deep.equal([
      0, 0, 0, 2,
    ]);
    expect(model.priceOf({ usd: 2 }, 3)).to.equal(6);
  });

  it('gives the source and the date of every price', () => {
    for (const [name, { source, date, region, usd }] of Object.entries<Price>(prices)) {
      expect(source, name).to.match(/^https:\/\/cloud\.google\.com\/[a-z-]+\/pricing$/);
      expect(date, name).to.match(/^(2026-\d\d-\d\d|undated)$/);
      expect(region, name).to.be.oneOf(['europe-west2', 'us-central1', 'all']);
      expect(usd, name).to.be.above(0);
    }
  });

  it('limits the cost of an hour of the dashboard', () => {
    fc.assert(
      fc.property(
        symbolCount,
        engine,
        fc.integer({ min: 1, max: 20 }),
        (symbols, engine, maxGib) => {
          const { least, most } = model.dashboardHourCost({ symbols, engine, maxGib });
          expect(least).to.be.above(0);
          expect(most).to.be.at.least(least);
          // Five queries a window of the limit at most, and the dead letters.
          expect(most).to.be.at.most(((5 * maxGib + 0.06) * 360 * 7.8125) / 1024);
        },
      ),
    );
  });
});
