/**
 * The part of a repository's lock file that one of its workspaces needs in production, as the lock
 * file of a package of its own. npm has no command for it.
 *
 * Every version is taken over as it is locked; only the places change, because what lay in
 * `WORKSPACE/node_modules` moves up. A package goes to the top unless another version of it is
 * there already, then below the package that needs it, as npm itself does.
 *
 * @param {{packages: Record<string, object>}} lock a lock file of version 3
 * @param {string} workspace path of the workspace, such as `function`
 * @returns {object} a lock file whose root depends on exact versions
 * @throws {Error} where the lock file lacks a package that is needed
 */
export function prunedLock(lock, workspace) {
  const manifest = lock.packages[workspace];
  if (!manifest) throw new Error(`package-lock.json has no workspace ${workspace}`);
  /** Where each package of the new tree lies, and where it lay. */
  const placed = new Map([['', workspace]]);
  const queue = [''];

  for (const place of queue) {
    const origin = placed.get(place);
    for (const [name, isOptional] of dependenciesOf(lock.packages[origin])) {
      const dependency = locate(lock.packages, origin, name);
      if (dependency === undefined) {
        if (isOptional) continue;
        throw new Error(`package-lock.json lacks ${name}, which ${origin} needs: run npm install`);
      }
      const visible = locate(placed, place, name);
      if (visible !== undefined && placed.get(visible) === dependency) continue;
      const target = join(visible === undefined ? '' : place, name);
      placed.set(target, dependency);
      queue.push(target);
    }
  }

  const dependencies = Object.fromEntries(
    Object.keys(manifest.dependencies ?? {}).map((name) => [
      name,
      lock.packages[placed.get(join('', name))].version,
    ]),
  );
  const { name, version, engines } = manifest;
  const packages = [...placed]
    .filter(([place]) => place !== '')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([place, origin]) => [place, withoutDevFlags(lock.packages[origin])]);
  return {
    name,
    version,
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': { name, version, dependencies, engines },
      ...Object.fromEntries(packages),
    },
  };
}

/** The names of what a package needs to run, and whether it can do without. */
function dependenciesOf(entry) {
  const { dependencies = {}, optionalDependencies = {} } = entry;
  const { peerDependencies = {}, peerDependenciesMeta = {} } = entry;
  const needed = new Map();
  for (const name of Object.keys(peerDependencies)) {
    needed.set(name, peerDependenciesMeta[name]?.optional === true);
  }
  for (const name of Object.keys(dependencies)) needed.set(name, false);
  for (const name of Object.keys(optionalDependencies)) needed.set(name, true);
  return needed;
}

/** Node's resolution: the nearest place from `from` upwards that holds `name`. */
function locate(tree, from, name) {
  const has = (place) => (tree instanceof Map ? tree.has(place) : Object.hasOwn(tree, place));
  for (let folder = from; ; folder = parentOf(folder)) {
    const place = join(folder, name);
    if (has(place)) return place;
    if (folder === '') return undefined;
  }
}

/** The folder in whose `node_modules` a package lies; the repository's root for a workspace. */
function parentOf(place) {
  return place.slice(0, Math.max(0, place.lastIndexOf('node_modules/') - 1));
}

function join(folder, name) {
  return folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
}

/** Drops what is true of a package only among the repository's tools. */
function withoutDevFlags({ dev, devOptional, ...entry }) {
  return entry;
}
