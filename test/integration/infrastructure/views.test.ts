import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { expect } from 'chai';
import { viewQuery } from 'iex-contract/infrastructure';
import { marketDataQueries } from 'iex-dashboard/market-data/queries';
import { openEngine, quoteBetween } from 'iex-test/support/bigquery-engine/database';
import { engineQueries, quoteBetweenQuery } from 'iex-test/support/bigquery-engine/queries';
import { insertionOf, SWITCHING } from 'iex-test/support/bigquery-engine/switching';
import { rowsOf } from 'iex-test/support/database';
import { temporaryFolder } from 'iex-test/support/folder';
import { missingTools } from 'iex-test/support/missing-tools';
import { skipSuite } from 'iex-test/support/skip';
import { INFRASTRUCTURE } from './terraform.js';

const VIEWS = ['top_stocks', 'percentage_gain'] as const;

/** Java's options for a program that ends before much optimization has paid off. */
const SHORT_LIVED = '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC';

/** GoogleSQL's own analyser on the command line, next to the repository if it is there. */
const CHECK = fileURLToPath(new URL('../../../../shared/googlesql/check', import.meta.url));

/** The dashboard's parameters as literals, because the analyser gets no parameters. */
const LITERALS: Record<string, string> = {
  resolutionMinutes: '1',
  symbol: "'AAPL'",
  windowEnds: "[TIMESTAMP '2026-11-20 15:00:05+00']",
};
const ANY_TIME = "TIMESTAMP '2026-11-20 15:00:05+00'";

/** A time in microseconds since the epoch. */
const BASE = Date.UTC(2026, 10, 20, 15) * 1000;

/** The queries of the engine in BigQuery, and the table functions' bodies with arguments. */
const ENGINE = engineQueries({
  tick: '`p.iex.tick`',
  tickDeadLetter: '`p.iex.tick_dead_letter`',
  tickRefused: '`p.iex.tick_refused`',
});

/** A step of a query plan of DuckDB. */
interface PlanNode {
  children: PlanNode[];
  extra_info: { Table?: string; Filters?: string };
}

/** The steps of a plan that read a table. */
function scansIn(nodes: readonly PlanNode[]): PlanNode['extra_info'][] {
  return nodes.flatMap(({ children, extra_info }) => [
    ...(extra_info.Table ? [extra_info] : []),
    ...scansIn(children),
  ]);
}

describe('the views in GoogleSQL', function () {
  // Each analysis starts Java, which takes long on a busy machine.
  this.timeout(120_000);
  const folder = temporaryFolder();
  /** What the analyser says of each query: its columns, or why it refuses it. */
  let analysed: Map<string, string>;

  const viewsOf = (table: string) =>
    VIEWS.map((view): [string, string] => [view, viewQuery(view, table)]);
  const dashboard = Object.entries(marketDataQueries('p.iex', (view) => `p.iex.${view}`)).map(
    ([name, sql]): [string, string] => [
      name,
      sql
        .replace(/@(\w+)/g, (_, parameter: string) => LITERALS[parameter] ?? ANY_TIME)
        .replace(/p\.iex\.\w+/g, '`$&`')
        // MAX_BY stands for this in BigQuery; the analyser's release is older than the name.
        .replace(/MAX_BY\((\w+), (\w+)\)/g, 'ANY_VALUE($1 HAVING MAX $2)'),
    ],
  );

  const statements = SWITCHING.map((name) => ({ name, ...insertionOf(name) }));
  const schema = (table: string) => join(INFRASTRUCTURE, 'schemas', `${table}.json`);

  /** Analyses queries, each of which may read the tables and the queries before it. */
  function analyse(queries: readonly [string, string][]): Map<string, string> {
    const tables = ['quote', 'dead_letter', 'tick', 'tick_dead_letter'].flatMap((table) => [
      'table',
      `p.iex.${table}`,
      schema(table),
    ]);
    const views = queries.flatMap(([name, sql]) => {
      const file = join(folder, `${name}.sql`);
      writeFileSync(file, sql);
      return ['view', `p.iex.${name}`, file];
    });
    const { stdout, stderr } = spawnSync(CHECK, [...tables, ...views], {
      encoding: 'utf8',
      env: { ...process.env, JDK_JAVA_OPTIONS: SHORT_LIVED },
    });
    const results = [...stdout.matchAll(/^(ok|rejected) p\.iex\.([\w-]+): (.*)$/gm)];
    expect(results, stdout + stderr).to.have.lengthOf(queries.length);
    return new Map(
      results.map(([, status, name = '', what]) => [
        name,
        status === 'ok' ? `${what}` : `rejected: ${what}`,
      ]),
    );
  }

  before(function () {
    // It builds itself the first time.
    this.timeout(300_000);
    if (!existsSync(CHECK)) skipSuite(this, 'the analyser is not there');
    const missing = missingTools('java', 'mvn');
    if (missing) skipSuite(this, missing);
    // All at once, because the program takes seconds to start.
    analysed = analyse([
      ...viewsOf('`p.iex.quote`'),
      ['quote_between', quoteBetweenQuery('`p.iex.quote`', ANY_TIME, ANY_TIME)],
      ['tick_refused', ENGINE.tickRefused],
      ['dead_letter_of_ticks', ENGINE.deadLetter],
      ['quote_of_ticks', ENGINE.quote],
      ['quote_of_ticks_between', ENGINE.quoteBetween(ANY_TIME, ANY_TIME)],
      ...viewsOf('`p.iex.quote_of_ticks`').map(([view, sql]): [string, string] => [
        `${view}_of_ticks`,
        sql,
      ]),
      ...dashboard,
      ...statements.map(({ name, query }): [string, string] => [
        name,
        query
          .replace(/(iex\.quote_of_ticks_between)\([^)]*\)/, '$1')
          .replace(/\biex\.\w+/g, '`p.$&`'),
      ]),
      ['mistake', 'SELECT no_column FROM `p.iex.quote`'],
    ]);
  });

  for (const source of ['', '_of_ticks']) {
    it(`top_stocks${source}, percentage_gain${source} have the documented columns`, () => {
      expect(analysed.get(`top_stocks${source}`)).to.equal(
        'resolution_minutes INT64, window_end TIMESTAMP, symbol STRING, mean_price DOUBLE, value_rank INT64',
      );
      expect(analysed.get(`percentage_gain${source}`)).to.equal(
        'resolution_minutes INT64, window_end TIMESTAMP, symbol STRING, first_price DOUBLE, last_price DOUBLE, percentage_gain DOUBLE',
      );
    });
  }

  for (const name of ['quote_between', 'quote_of_ticks', 'quote_of_ticks_between']) {
    it(`${name} has the columns of the table quote`, () => {
      expect(analysed.get(name)).to.equal(
        'symbol STRING, latest_price DOUBLE, window_end TIMESTAMP, event_time TIMESTAMP, resolution_minutes INT64',
      );
    });
  }

  it('the dead letters of the ticks have the columns of the table dead_letter', () => {
    expect(analysed.get('tick_refused')).to.match(/reason STRING$/);
    expect(analysed.get('dead_letter_of_ticks')).to.equal(
      'payload STRING, reason STRING, stage STRING, dead_letter_time TIMESTAMP',
    );
  });

  for (const [name] of dashboard) {
    it(`match the dashboard's query ${name}`, () => {
      expect(analysed.get(name))
        .to.be.a('string')
        .that.does.not.match(/^rejected/);
    });
  }

  for (const { name, table, columns } of statements) {
    it(`are filled by the statement of a switch, ${name}`, () => {
      const types: Record<string, string> = Object.fromEntries(
        JSON.parse(readFileSync(schema(table), 'utf8')).map(
          ({ name, type }: { name: string; type: string }) => [
            name,
            type.replace('FLOAT', 'DOUBLE').replace('INTEGER', 'INT64'),
          ],
        ),
      );
      expect(analysed.get(name)).to.equal(
        columns.map((column) => `${column} ${types[column]}`).join(', '),
      );
    });
  }

  it('are refused if they have a mistake', () => {
    expect(analysed.get('mistake')).to.equal('rejected: Unrecognized name: no_column [at 1:8]');
  });
});

describe('the cost of the windows that BigQuery computes', () => {
  let connection: DuckDBConnection;

  before(async () => {
    connection = await openEngine();
    // Without ticks of the time, there would be nothing to plan.
    await connection.run(`INSERT INTO tick (symbol, latest_price, event_time, publish_time)
      SELECT 'A', 1, unnest([time, NULL]), time
      FROM (VALUES (now()), (make_timestamptz(${BASE}))) AS times(time)`);
  });

  after(() => connection.closeSync());

  for (const [what, query] of [
    ['windows between two times', `SELECT * FROM ${quoteBetween(BASE, BASE + 60e6)}`],
    ['the view quote', 'SELECT * FROM quote'],
  ] as const) {
    it(`${what}: both reads of the ticks have a bound on the partitions`, async () => {
      const [row] = await rowsOf<{ explain_value: string }>(
        connection,
        `EXPLAIN (FORMAT JSON) ${query}`,
      );
      const filters = scansIn(JSON.parse(row!.explain_value)).map(({ Filters }) => String(Filters));
      expect(filters).to.have.lengthOf(2);
      expect(filters.filter((filter) => /event_time>=.*event_time</.test(filter))).to.have.lengthOf(
        1,
      );
      expect(filters.filter((filter) => /event_time IS NULL/.test(filter))).to.have.lengthOf(1);
    });
  }
});

describe('the cost of the views', () => {
  let connection: DuckDBConnection;

  before(async () => {
    const instance = await DuckDBInstance.create(':memory:');
    connection = await instance.connect();
    await connection.run("SET TimeZone = 'UTC'");
    // Two hours of five stocks, long closed, with ties and with stocks that are missing from
    // windows.
    await connection.run(`CREATE TABLE quote AS
      SELECT 'S' || s AS symbol,
        ((i * 7 + s * 13) % 40 + 1)::DOUBLE AS latest_price,
        TIMESTAMPTZ '2026-11-20 15:00:05+00' + to_minutes(i // 6) AS window_end,
        TIMESTAMPTZ '2026-11-20 15:00:00+00' + to_seconds(10 * i) AS event_time,
        CASE WHEN i % 2 = 0 THEN 1 ELSE 5 END AS resolution_minutes
      FROM range(720) i(i), range(5) s(s) WHERE (i + s) % 11 <> 0`);
  });

  after(() => connection.closeSync());

  for (const view of VIEWS) {
    it(`${view}: a bound on window_end may be moved down to the table`, async () => {
      const bound = "window_end >= TIMESTAMPTZ '2026-11-20 16:30:00+00'";
      const above = `SELECT * FROM (${viewQuery(view, 'quote')}) WHERE ${bound}`;
      const below = viewQuery(view, `(SELECT * FROM quote WHERE ${bound})`);
      const rows = await rowsOf(connection, `SELECT * FROM (${above}) ORDER BY ALL`);
      expect(rows).to.have.length.above(100);
      expect(rows).to.deep.equal(await rowsOf(connection, `SELECT * FROM (${below}) ORDER BY ALL`));
    });

    it(`${view}: no grouping crosses windows, so that an optimizer can see it`, () => {
      const sql = viewQuery(view, 'quote').replace(/--.*$/gm, '');
      const groupings = [...sql.matchAll(/(?:PARTITION|GROUP) BY\s+([\w\s,]+?)(?=\sORDER|\s*\))/g)];
      expect(groupings.length).to.be.at.least(2);
      for (const [grouping, columns] of groupings) {
        expect(columns?.trim().split(/,\s*/), grouping).to.include.members([
          'resolution_minutes',
          'window_end',
        ]);
      }
    });

    it(`${view}: an optimizer moves it, and reads only the newest rows`, async () => {
      const bound = "window_end >= TIMESTAMPTZ '2026-11-20 16:59:00+00'";
      const [row] = await rowsOf<{ explain_value: string }>(
        connection,
        `EXPLAIN (FORMAT JSON) SELECT * FROM (${viewQuery(view, 'quote')}) WHERE ${bound}`,
      );
      const scans = scansIn(JSON.parse(row!.explain_value));
      expect(scans).not.to.have.length(0);
      for (const { Filters } of scans) expect(Filters).to.contain('16:59');
    });
  }
});
