/**
 * Builds and downloads what the integration tests need once per machine, all at the same time, so
 * that no test has to wait for it. A failure is only reported: the tests that need the part fail
 * with the same error.
 *
 *     node --import tsx test/prepare.ts
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from 'iex-cli';
import { flinkJavaArgs } from 'iex-dataflow/flink';
import { expansionServiceJar, pythonWithBeam } from 'iex-dataflow/template';
import { sdkImage } from './support/beam/image.js';
import { builtPrism } from './support/beam/prism.js';
import { missingTools } from './support/missing-tools.js';

/** Each part with the programs that make it. Maven shares its repository: one job at a time. */
const PARTS: [name: string, tools: string[], make: () => Promise<unknown>][] = [
  [
    "Java's transforms and Flink",
    ['java', 'mvn'],
    async () => {
      await expansionServiceJar();
      await startedFlink();
    },
  ],
  ['Beam for Python', ['python3'], pythonWithBeam],
  ["the SDK's image", ['go'], sdkImage],
];
if (process.env.TEST_PRISM) PARTS.push(['Prism', ['go'], builtPrism]);

await Promise.all(
  PARTS.map(async ([name, tools, make]) => {
    const missing = missingTools(...tools);
    if (missing) return console.log(`${name}: skipped, ${missing}`);
    const start = performance.now();
    await make().then(
      () => console.log(`${name}: ready after ${Math.round((performance.now() - start) / 1000)} s`),
      (error) => console.error(`${name}: ${error}`),
    );
  }),
);

/** Fetches Flink, and runs a job once, which saves what makes the next ones start faster. */
async function startedFlink(): Promise<void> {
  if ((await flinkJavaArgs()).some((arg) => arg.startsWith('-XX:SharedArchiveFile'))) return;
  const folder = await mkdtemp(join(tmpdir(), 'iex-flink-'));
  try {
    const quotes = join(folder, 'quotes.jsonl');
    const quote = { symbol: 'A', latest_price: 1, event_time: '2026-01-05T15:00:00Z' };
    await writeFile(quotes, JSON.stringify(quote));
    const args = [quotes, '--database', join(folder, 'quotes.duckdb'), '--runner', 'flink'];
    await run(process.execPath, ['local/dist/replay.js', ...args], { name: 'npm run replay' });
  } finally {
    await rm(folder, { recursive: true });
  }
}
