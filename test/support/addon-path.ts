/**
 * The file of the addon that this process loads, for programs that load it without the rest of selectloop.
 */
import { addonPlaces } from '../../src/kernel/addon-places.ts';

/** @returns an absolute path */
export function addonPath(): string {
  for (const place of addonPlaces()) {
    const path = place.find();
    if (path !== null) return path;
  }
  throw new Error('The addon is not built: npm run build:native.');
}
