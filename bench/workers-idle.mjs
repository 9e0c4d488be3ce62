// The module of a loop's thread that does nothing, for the time that its stop takes.

import { loadSelectloop } from './package-under-test.mjs';

await loadSelectloop();

export function ready() {
  return true;
}
