import { createRequire } from 'node:module';
import { expect } from 'chai';
import type * as Parts from 'iex-dataflow/src/runners/dataflow/parts';

// As built: the version identifies what was built.
const require = createRequire(import.meta.url);
const { templateCode } = require('iex-dataflow/dist/runners/dataflow/parts') as typeof Parts;

describe("the version of the templates' code", () => {
  let files: string[];

  before(async () => {
    const code = await templateCode();
    files = code.filter((part) => typeof part === 'string');
    for (const [i, part] of code.entries()) {
      if (i % 2 === 1) expect(part, String(code[i - 1])).to.have.length.above(0);
    }
  });

  for (const file of [
    'dataflow/dist/io/bigquery-sink.js',
    'dataflow/dist/io/pubsub-source.js',
    'dataflow/dist/io/write-results.js',
    'dataflow/dist/pipeline/pipeline.js',
    'dataflow/dist/pipeline/steps.js',
    'dataflow/dist/runners/dataflow/template-options.js',
    'dataflow/dist/runners/dataflow/worker-environment.js',
    'dataflow/dist/runners/dataflow/write-templates.js',
    'dataflow/dist/runners/portable/worker-modules.js',
    'dataflow/dist/sdk/row-coder.js',
    'dataflow/dist/sdk/external.js',
    'node_modules/iex-contract/dist/windows.js',
    'node_modules/apache-beam/dist/src/apache_beam/internal/pipeline.js',
    'node_modules/apache-beam/package.json',
  ]) {
    it(`covers ${file}`, () => {
      expect(files).to.include(file);
    });
  }

  it('does not cover code that runs elsewhere', () => {
    const others = files.filter((file) =>
      /dist\/(runners\/(flink|direct)|index|template)/.test(file),
    );
    expect(others.filter((file) => file.startsWith('dataflow/'))).to.deep.equal([]);
  });
});
