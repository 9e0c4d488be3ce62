import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { onTeardown } from '../../support/teardown.ts';

type PackageFiles = typeof import('../../../src/base/package-files.ts');

const source = readFileSync(new URL('../../../src/base/package-files.ts', import.meta.url), 'utf8');

/**
 * The module, loaded from `place` in a package whose own path has a space and folders of those names as well.
 */
async function loadedFrom(place: string): Promise<{ folder: string; files: PackageFiles }> {
  const parent = mkdtempSync(join(tmpdir(), 'selectloop files-'));
  onTeardown(() => {
    rmSync(parent, { recursive: true });
  });
  const folder = join(parent, 'dist', 'src', 'selectloop');
  mkdirSync(join(folder, place, '..'), { recursive: true });
  writeFileSync(join(folder, place), source);
  return { folder, files: (await import(/* @vite-ignore */ join(folder, place))) as PackageFiles };
}

test.each(['src/base/package-files.ts', 'dist/system.ts'])('from %s it knows the package', async (place) => {
  const { folder, files } = await loadedFrom(place);
  expect(files.packageFolder()).toBe(`${pathToFileURL(folder).href}/`);
  for (const ours of ['src/loop/step.ts', 'dist/index.js']) {
    const path = join(folder, ours);
    expect(files.isOurFile(path)).toBe(true);
    expect(files.isOurFile(pathToFileURL(path).href)).toBe(true);
    expect(files.namesOurFile(`    at step (${path}:1:2)`)).toBe(true);
  }
  for (const foreign of ['test/a.ts', '../user/src/main.ts']) {
    expect(files.isOurFile(join(folder, foreign))).toBe(false);
    expect(files.namesOurFile(`    at main (${join(folder, foreign)}:1:2)`)).toBe(false);
  }
});

test('in a bundle of another project it knows no package, and calls no file its own', async () => {
  const { folder, files } = await loadedFrom('dist/app.ts');
  expect(files.packageFolder()).toBeNull();
  expect(files.ownUrl()).toMatch(/dist\/app\.ts/);
  expect(files.isOurFile(join(folder, 'dist/app.ts'))).toBe(false);
});

test('webpack writes where it was on the machine of the build: elsewhere that is no package', async () => {
  const { folder, files } = await loadedFrom('dist/system.ts');
  rmSync(folder, { recursive: true });
  expect(files.packageFolder()).toBeNull();
  expect(files.ownUrl()).toBeUndefined();
});
