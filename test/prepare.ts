/**
 * Builds and downloads what the integration tests need once per machine, all at the same time, so
 * that no test has to wait for it. A failure is only reported: the tests that need the part fail
 * with the same error.
 *
 *     node --import tsx test/prepare.ts
 */
import { createRequire } from 'node:module';
import type * as Flink from 'iex-dataflow/flink';
import { expansionServiceJar, pythonWithBeam } from 'iex-dataflow/template';
import { sdkImage } from './support/beam/image.js';
import { builtPrism } from './support/beam/prism.js';
import { missingTools } from './support/missing-tools.js';

// As built, because it finds its files relative to its own.
const { flinkJars } = createRequire(import.meta.url)(
  'iex-dataflow/dist/runners/flink/index',
) as typeof Flink;

/** Each part with the programs that make it. Maven shares its repository: one job at a time. */
const PARTS: [name: string, tools: string[], make: () => Promise<unknown>][] = [
  [
    "Java's transforms and Flink",
    ['java', 'mvn'],
    async () => {
      await expansionServiceJar();
      await flinkJars();
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
