/**
 * Is what was built newer than what it was built from? Modification times only, so that the answer costs a
 * few ms.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Newest modification time (ms) of all files in `paths`, folders included with all they hold; -Infinity for
 * none.
 */
function newestMtimeMs(paths) {
  let newest = Number.NEGATIVE_INFINITY;
  for (const path of paths) newest = Math.max(newest, newestIn(path));
  return newest;
}

function newestIn(path) {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return Number.NEGATIVE_INFINITY;
  // A folder's own time does not count: an editor's swap file would set off a build.
  if (!stats.isDirectory()) return stats.mtimeMs;
  const names = readdirSync(path).filter((name) => !name.startsWith('.'));
  return newestMtimeMs(names.map((name) => join(path, name)));
}

/** True when `output` is missing or older than anything in `inputs`. */
export function isOlder(output, inputs) {
  return newestMtimeMs([output]) < newestMtimeMs(inputs);
}
