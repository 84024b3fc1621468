import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { workerModules } from 'iex-dataflow/src/runners/portable/worker-modules';

const TSCONFIG = new URL('../../../../../dataflow/tsconfig.json', import.meta.url);

describe('the modules of workers', () => {
  it("are those that are checked against the types of the workers' Node.js", () => {
    const { files } = JSON.parse(readFileSync(TSCONFIG, 'utf8').replaceAll(/^ *\/\/.*$/gm, ''));
    const ours = workerModules().filter((module) => module.startsWith('iex-dataflow/'));
    expect(
      ours.map((module) => module.replace('iex-dataflow/dist', 'src').concat('.ts')),
    ).to.have.members(files);
  });
});
