/**
 * The part of the lockfile that `npm start` installs: complete, in the locked versions, and nothing of the
 * test tools.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

interface Entry {
  readonly version?: string;
  readonly dev?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
}
interface Part {
  readonly manifest: { readonly dependencies: Readonly<Record<string, string>> };
  readonly lockfile: { readonly lockfileVersion: number; readonly packages: Readonly<Record<string, Entry>> };
}

const root = new URL('../../../', import.meta.url);
const { partOfLockfile } = (await import(new URL('scripts/lockfile-part.mjs', root).href)) as {
  partOfLockfile(path: string, names: readonly string[]): Part;
};
const path = fileURLToPath(new URL('package-lock.json', root));
const whole = JSON.parse(readFileSync(path, 'utf8')) as Part['lockfile'];
const { manifest, lockfile } = partOfLockfile(path, ['node-addon-api', 'tsx', 'node-gyp']);
const names = Object.keys(lockfile.packages).filter((key) => key !== '');

test('every package of it is one of the whole, in the same version, and no longer for development only', () => {
  expect(names.length).toBeGreaterThan(3);
  for (const key of names) {
    const { dev, ...entry } = lockfile.packages[key] as Entry;
    expect(dev, key).toBeUndefined();
    expect(entry.version).toBe(whole.packages[key]?.version);
  }
  expect(manifest.dependencies.tsx).toMatch(/^\d+\.\d+\.\d+$/);
});

test('whatever one of them depends on is there', () => {
  for (const key of names) {
    for (const needed of Object.keys(lockfile.packages[key]?.dependencies ?? {})) {
      const found = names.some((other) => other.endsWith(`node_modules/${needed}`));
      expect(found, `${key} needs ${needed}`).toBe(true);
    }
  }
});

test('the test runner, the bundler and the linters are not', () => {
  expect(names.filter((key) => /\/(vitest|rolldown|@biomejs|oxlint|typescript|vega)\b/.test(key))).toEqual(
    [],
  );
});
