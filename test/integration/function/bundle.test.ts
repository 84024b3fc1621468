import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { unzipSync } from 'fflate';
import { BUNDLE, startFunction } from 'iex-test/support/function-process';
import { skipTest } from 'iex-test/support/skip';
import { startTopic } from 'iex-test/support/topic';
import { untilTrue } from 'iex-test/support/until';

const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));
const PACK = join(REPOSITORY, 'function/package.mjs');

/** The error of `npm ci` if it cannot reach its registry. */
const NO_REGISTRY = /E(NOTFOUND|AI_AGAIN|CONNREFUSED|TIMEDOUT|CONNRESET)|ENOTCACHED/;

describe('the zip of the functions', () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'iex-bundle-'));
  });

  after(() => rmSync(folder, { recursive: true }));

  const pack = (name: string, env: Readonly<Record<string, string>> = {}) => {
    const file = join(folder, name);
    execFileSync(process.execPath, [PACK, file], { env: { ...process.env, ...env } });
    return readFileSync(file);
  };

  it('has the same bytes at any time and on any machine', () => {
    const first = pack('first.zip', { TZ: 'America/New_York' });
    utimesSync(join(BUNDLE, 'index.js'), 1e9, 1e9);
    expect(pack('second.zip', { TZ: 'Asia/Tokyo' }).equals(first)).to.equal(true);
  });

  it('has less than 1 MB, and no paths of this machine', () => {
    const files = unzipSync(pack('third.zip'));
    expect(files).to.have.all.keys('index.js', 'package.json', 'package-lock.json');
    let size = 0;
    for (const content of Object.values(files)) {
      size += content.length;
      expect(Buffer.from(content).toString()).not.to.contain(process.cwd());
    }
    expect(size).to.be.below(1_000_000);
  });

  it('depends on exact versions', () => {
    const files = unzipSync(pack('fourth.zip'));
    const { dependencies } = JSON.parse(Buffer.from(files['package.json'] ?? '').toString());
    expect(dependencies).to.include.keys('@google-cloud/functions-framework', 'node-fetch');
    for (const version of Object.values(dependencies)) {
      expect(version).to.match(/^\d+\.\d+\.\d+/);
    }
  });

  it('contains everything that a function needs to be installed and to serve', async function () {
    this.timeout(120_000);
    for (const [name, content] of Object.entries(unzipSync(pack('fifth.zip')))) {
      writeFileSync(join(folder, name), content);
    }
    // Refuses a lock file that lacks a package, at any depth, or has another version than is needed.
    const check = spawnSync(
      'npm',
      ['ci', '--dry-run', '--omit=dev', '--prefer-offline', '--no-audit', '--no-fund'],
      { cwd: folder, encoding: 'utf8' },
    );
    if (check.status !== 0 && NO_REGISTRY.test(check.stderr)) {
      skipTest(this, 'npm reaches no registry');
    }
    expect(check.status, check.stderr).to.equal(0);
    copyPackages(folder);

    const topic = await startTopic('iex-ingest');
    const framework = join(
      folder,
      'node_modules/@google-cloud/functions-framework/build/src/main.js',
    );
    const fanOut = await startFunction('fanOut', topic.env, { source: folder, framework });
    try {
      expect(await fanOut.push({ json: { ticker: 'AAPL' }, messageId: '1' })).to.equal(204);
      await untilTrue(() => topic.received.length === 1);
    } finally {
      await fanOut.stop();
      await topic.close();
    }
  });
});

/** A lock file's packages, by their places. */
type Locked = Record<string, { version: string; optional?: boolean }>;

const readLock = (folder: string): Locked =>
  JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')).packages;

const nameAt = (place: string) => place.slice(place.lastIndexOf('node_modules/'));

/** Copies the packages of a folder's lock file from the repository: npm needs more CPU time for it. */
function copyPackages(folder: string): void {
  const origins = new Map(
    Object.entries(readLock(REPOSITORY)).map(([place, { version }]) => [
      `${nameAt(place)}@${version}`,
      join(REPOSITORY, place),
    ]),
  );
  for (const [place, { version, optional }] of Object.entries(readLock(folder))) {
    const origin = origins.get(`${nameAt(place)}@${version}`);
    if (!place || (optional && !existsSync(origin ?? ''))) continue;
    expect(origin, `${place}, version ${version}`).to.be.a('string');
    cpSync(origin!, join(folder, place), {
      recursive: true,
      filter: (file) => !/[/]node_modules$|[.](map|md|ts)$/.test(file.slice(origin!.length)),
    });
  }
}
