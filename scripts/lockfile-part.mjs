/**
 * A part of a lockfile: some packages and all that they need, in the versions and with the hashes that it
 * has.
 */
import { readFileSync } from 'node:fs';

/**
 * @param path a package-lock.json of lockfileVersion 3
 * @param names the packages wanted, which the root of the lockfile depends on, for development or not
 * @returns a package.json and a package-lock.json that install exactly these, for `npm ci`
 */
export function partOfLockfile(path, names) {
  const whole = JSON.parse(readFileSync(path, 'utf8'));
  const root = whole.packages[''];
  const wanted = { ...root.dependencies, ...root.devDependencies };
  const dependencies = Object.fromEntries(names.map((name) => [name, wanted[name]]));
  const manifest = { name: `${root.name}-part`, version: root.version, private: true, dependencies };
  const packages = { '': manifest };
  const visit = (from, name) => {
    const key = placeOf(whole.packages, from, name);
    // An optional one for another system may be missing.
    if (key === undefined || key in packages) return;
    const { dev: _dev, devOptional: _devOptional, ...entry } = whole.packages[key];
    packages[key] = entry;
    for (const needed of Object.keys({ ...entry.dependencies, ...entry.optionalDependencies }))
      visit(key, needed);
  };
  for (const name of names) visit('', name);
  return {
    manifest,
    lockfile: { ...manifest, lockfileVersion: whole.lockfileVersion, requires: true, packages },
  };
}

/**
 * The key of the package that `name` means for the package at `from`: its own node_modules first, then those
 * above.
 */
function placeOf(packages, from, name) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const key = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (key in packages) return key;
    if (folder === '') return undefined;
  }
}
