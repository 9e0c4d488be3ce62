/**
 * The file of the addon that this process loads, for programs that load it without the rest of selectloop.
 */
import { realpathSync } from 'node:fs';
import { addonPlaces } from '../../src/kernel/addon-places.ts';

/** @returns an absolute path */
export function addonPath(): string {
  for (const place of addonPlaces()) {
    const path = place.find();
    // The compiled modules of a run reach it by a link.
    if (path !== null) return realpathSync(path);
  }
  throw new Error('The addon is not built: npm run build:native.');
}
