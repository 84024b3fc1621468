/**
 * A package's entry in a lock file of version 3.
 *
 * @typedef {object} LockedPackage
 * @property {string} [name]
 * @property {string} [version]
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [optionalDependencies]
 * @property {Record<string, string>} [peerDependencies]
 * @property {Record<string, {optional?: boolean}>} [peerDependenciesMeta]
 * @property {Record<string, string>} [engines]
 * @property {boolean} [dev]
 * @property {boolean} [devOptional]
 */

/** @typedef {{packages: Record<string, LockedPackage>}} Lock */

/**
 * Cuts out of a repository's lock file what one of its workspaces needs in production, as the lock
 * file of a separate package. npm has no command for it, and isolate-package 1.35 resolves anew: it
 * locked a version (of @types/node) that this repository has not been tested with.
 *
 * Every version stays as it is locked; only the places change, because what is in
 * `WORKSPACE/node_modules` moves up. A package goes to the top unless another version of it is
 * there already; then it goes below the package that needs it, as npm itself does.
 *
 * @param {Lock} lock a lock file of version 3
 * @param {string} workspace path of the workspace, such as `function`
 * @returns {Lock & Record<string, unknown>} a lock file whose root depends on exact versions
 * @throws {Error} if the lock file lacks a package that is needed
 */
export function prunedLock(lock, workspace) {
  const manifest = lock.packages[workspace];
  if (!manifest) throw new Error(`package-lock.json has no workspace ${workspace}`);
  /** Where each package of the new tree is, and where it was. */
  const placed = new Map([['', workspace]]);
  const wasPlaced = new Set(Object.keys(lock.packages));

  // Grows while it is read.
  for (const [place, origin] of placed) {
    for (const [name, isOptional] of dependenciesOf(lock.packages[origin] ?? {})) {
      const dependency = locate(wasPlaced, origin, name);
      if (dependency === undefined) {
        if (isOptional) continue;
        throw new Error(`package-lock.json lacks ${name}, which ${origin} needs: run npm install`);
      }
      const visible = locate(placed, place, name);
      if (visible !== undefined && placed.get(visible) === dependency) continue;
      placed.set(join(visible === undefined ? '' : place, name), dependency);
    }
  }

  const packageAt = (/** @type {string} */ place) => lock.packages[placed.get(place) ?? ''] ?? {};
  const dependencies = Object.fromEntries(
    Object.keys(manifest.dependencies ?? {}).map((name) => [
      name,
      packageAt(join('', name)).version ?? '',
    ]),
  );
  const { name, version, engines } = manifest;
  const places = [...placed.keys()].filter((place) => place !== '').sort();
  return {
    name,
    version,
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': {
        ...(name !== undefined && { name }),
        ...(version !== undefined && { version }),
        dependencies,
        ...(engines && { engines }),
      },
      ...Object.fromEntries(places.map((place) => [place, withoutDevFlags(packageAt(place))])),
    },
  };
}

/**
 * The names of the packages that a package needs to run, and whether each is optional.
 *
 * @param {LockedPackage} entry
 */
function dependenciesOf(entry) {
  const { dependencies = {}, optionalDependencies = {} } = entry;
  const { peerDependencies = {}, peerDependenciesMeta = {} } = entry;
  /** @type {Map<string, boolean>} */
  const needed = new Map();
  for (const name of Object.keys(peerDependencies)) {
    needed.set(name, peerDependenciesMeta[name]?.optional === true);
  }
  for (const name of Object.keys(dependencies)) needed.set(name, false);
  for (const name of Object.keys(optionalDependencies)) needed.set(name, true);
  return needed;
}

/**
 * Resolves as Node does: the nearest place from `from` upwards that holds `name`.
 *
 * @param {{has(place: string): boolean}} tree
 * @param {string} from
 * @param {string} name
 */
function locate(tree, from, name) {
  for (let folder = from; ; folder = parentOf(folder)) {
    const place = join(folder, name);
    if (tree.has(place)) return place;
    if (folder === '') return undefined;
  }
}

/**
 * The folder in whose `node_modules` a package is; the repository's root for a workspace.
 *
 * @param {string} place
 */
const parentOf = (place) => place.slice(0, Math.max(0, place.lastIndexOf('node_modules/') - 1));

/**
 * @param {string} folder
 * @param {string} name
 */
const join = (folder, name) =>
  folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;

/**
 * Drops the flags that describe a package's place among the repository's tools.
 *
 * @param {LockedPackage} entry
 */
function withoutDevFlags({ dev, devOptional, ...entry }) {
  return entry;
}
