import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { temporaryFolder } from 'iex-test/support/folder';
import { tables } from '../../../docs/costs/tables.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const TSX = import.meta.resolve('tsx');

describe('npm run costs', () => {
  const folder = temporaryFolder();
  const run = (...args: string[]) =>
    spawnSync(process.execPath, ['--import', TSX, 'docs/costs.ts', ...args], {
      cwd: folder,
      encoding: 'utf8',
    });

  before(() => {
    for (const path of [
      'docs/costs',
      'docs/costs.ts',
      'docs/costs.md',
      'README.md',
      'package.json',
    ]) {
      cpSync(join(ROOT, path), join(folder, path), { recursive: true });
    }
    cpSync(join(ROOT, 'infrastructure'), join(folder, 'infrastructure'), {
      recursive: true,
      filter: (path) => !path.includes('.terraform'),
    });
  });

  it('replaces the tables, and nothing else', () => {
    const paths = ['docs/costs.md', 'README.md'].map((path) => join(folder, path));
    const documents = paths.map((path) => readFileSync(path, 'utf8'));
    for (const [index, path] of paths.entries()) {
      writeFileSync(path, documents[index]!.replaceAll(/^\| 10 .*\n/gm, '| 10 | old | $& |\n'));
    }
    expect(paths.map((path) => readFileSync(path, 'utf8'))).not.to.deep.equal(documents);
    expect(run('--write').status).to.equal(0);
    expect(paths.map((path) => readFileSync(path, 'utf8'))).to.deep.equal(documents);
  });

  it('prints every table, computed from the defaults in variables.tf', () => {
    const before = run().stdout;
    for (const table of Object.values(tables)) expect(before).to.contain(table());
    const variables = join(folder, 'infrastructure/variables.tf');
    const text = readFileSync(variables, 'utf8');
    writeFileSync(variables, text.replace('"e2-standard-2"', '"e2-standard-4"'));
    expect(run().stdout).not.to.equal(before);
    writeFileSync(variables, text.replace('"e2-standard-2"', '"z9-vast-1"'));
    expect(run().stderr).to.contain('the size of z9-vast-1 is unknown');
    writeFileSync(variables, text);
  });

  it('computes with the prices in docs/costs.md, and says which one is not a number', () => {
    const file = join(folder, 'docs/costs.md');
    const document = readFileSync(file, 'utf8');
    const row = /^\| `dataflowVcpu`.*$/m;
    expect(document).to.match(row);
    const workers = (price: string) => {
      writeFileSync(
        file,
        document.replace(row, (line) => line.replace('0.069', price)),
      );
      const { stdout, stderr } = run();
      return /^\| Dataflow workers .*$/m.exec(stdout)?.[0] ?? stderr;
    };
    expect(workers('0.169')).not.to.equal(workers('0.069'));
    expect(workers('free')).to.contain("docs/costs.md: 'free' is not a number");
    writeFileSync(file, document);
  });

  it('rejects an unknown flag in one line', () => {
    const { status, stderr } = run('--print');
    expect(status).to.equal(2);
    expect(stderr).to.match(/^.*--print.*--write.*\n$/);
  });
});
