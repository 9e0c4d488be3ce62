/** The systems that addons are built for, and those that the loader expects a package for, are the same. */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

// @ts-expect-error A script, without types: it has a list of objects with names.
import { targets } from '../../../scripts/cross-targets.mjs';

test('PREBUILT of the loader has the names of scripts/cross-targets.mjs', () => {
  const loader = readFileSync(new URL('../../../src/kernel/addon-places.ts', import.meta.url), 'utf8');
  const [, list = ''] = /const PREBUILT[^=]*= \[(.*?)\];/s.exec(loader) ?? [];
  const names = [...list.matchAll(/'([^']+)'/g)].map(([, name]) => name);
  const built = (targets as { name: string }[]).map(({ name }) => name);
  expect(names).toEqual(built.toSorted());
});
