/**
 * The switch: `SELECTLOOP_TEST_DRIVER=guest` runs the tests of a vitest run in guest mode. See `driver.ts`.
 */
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vitest/config';

const driver = fileURLToPath(new URL('driver.ts', import.meta.url));

/** Has every test get `driver.ts` for the blocking driver, which itself gets the real one. */
export function guestModePlugin(): Plugin {
  return {
    name: 'selectloop-guest-mode',
    enforce: 'pre',
    resolveId(source, importer) {
      if (!source.endsWith('drivers/blocking.ts') || importer?.includes('guest-mode') === true) return null;
      return driver;
    },
  };
}
