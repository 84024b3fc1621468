import { expect } from 'chai';
import { prunedLock } from '../../../function/pruned-lock.mjs';

/** A lock file with a workspace `app` and the packages given. */
function lockOf(dependencies: Record<string, string>, packages: Record<string, object>) {
  return {
    lockfileVersion: 3,
    packages: {
      '': { name: 'repository', devDependencies: { tool: '1' } },
      app: { name: 'app', version: '1.2.3', dependencies, engines: { node: '20' } },
      ...packages,
    },
  };
}

/** The version at each place of the pruned tree. */
function placesOf(lock: ReturnType<typeof lockOf>) {
  const { packages } = prunedLock(lock, 'app');
  return Object.fromEntries(
    Object.entries(packages)
      .filter(([place]) => place !== '')
      .map(([place, { version }]) => [place, version]),
  );
}

describe('prunedLock', () => {
  it('has the packages that the workspace needs, directly or not, and no others', () => {
    const lock = lockOf(
      { a: '^1.0.0' },
      {
        'node_modules/a': { version: '1.4.0', integrity: 'sha512-a', dependencies: { b: '2' } },
        'node_modules/b': { version: '2.0.0', devOptional: true },
        'node_modules/tool': { version: '1.0.0', dev: true },
      },
    );
    expect(prunedLock(lock, 'app')).to.deep.equal({
      name: 'app',
      version: '1.2.3',
      lockfileVersion: 3,
      requires: true,
      packages: {
        '': {
          name: 'app',
          version: '1.2.3',
          dependencies: { a: '1.4.0' },
          engines: { node: '20' },
        },
        'node_modules/a': { version: '1.4.0', integrity: 'sha512-a', dependencies: { b: '2' } },
        'node_modules/b': { version: '2.0.0' },
      },
    });
  });

  it("moves packages in the workspace's own folder up, and other versions of them down", () => {
    const lock = lockOf(
      { a: '1', b: '1', c: '1' },
      {
        'node_modules/a': { version: '1.0.0', dependencies: { c: '2' } },
        'node_modules/b': { version: '1.0.0', dependencies: { c: '2' } },
        'node_modules/c': { version: '2.0.0', dependencies: { d: '1' } },
        'node_modules/d': { version: '1.0.0' },
        'app/node_modules/c': { version: '1.0.0' },
      },
    );
    expect(placesOf(lock)).to.deep.equal({
      'node_modules/a': '1.0.0',
      'node_modules/a/node_modules/c': '2.0.0',
      'node_modules/b': '1.0.0',
      'node_modules/b/node_modules/c': '2.0.0',
      'node_modules/c': '1.0.0',
      'node_modules/d': '1.0.0',
    });
  });

  it('keeps nested packages in their places', () => {
    const lock = lockOf(
      { a: '1', '@scope/b': '1' },
      {
        'node_modules/a': { version: '1.0.0', dependencies: { '@scope/b': '2' } },
        'node_modules/a/node_modules/@scope/b': { version: '2.0.0' },
        'node_modules/@scope/b': { version: '1.0.0' },
      },
    );
    expect(placesOf(lock)).to.deep.equal({
      'node_modules/@scope/b': '1.0.0',
      'node_modules/a': '1.0.0',
      'node_modules/a/node_modules/@scope/b': '2.0.0',
    });
  });

  it('accepts packages that need each other', () => {
    const lock = lockOf(
      { a: '1' },
      {
        'node_modules/a': { version: '1.0.0', dependencies: { b: '1' } },
        'node_modules/b': { version: '1.0.0', peerDependencies: { a: '1' } },
      },
    );
    expect(placesOf(lock)).to.deep.equal({ 'node_modules/a': '1.0.0', 'node_modules/b': '1.0.0' });
  });

  it('accepts missing optional packages', () => {
    const lock = lockOf(
      { a: '1' },
      {
        'node_modules/a': {
          version: '1.0.0',
          optionalDependencies: { b: '1' },
          peerDependencies: { c: '1' },
          peerDependenciesMeta: { c: { optional: true } },
        },
      },
    );
    expect(placesOf(lock)).to.deep.equal({ 'node_modules/a': '1.0.0' });
  });

  it('refuses a lock file that lacks a required package', () => {
    expect(() => prunedLock(lockOf({ a: '1' }, {}), 'app')).to.throw('a');
    expect(() => prunedLock(lockOf({}, {}), 'other')).to.throw('other');
  });
});
