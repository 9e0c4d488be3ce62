/** Entries of the lockfiles are npm's: what is written by hand has no hash, or none of what it installs. */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

interface Lockfile {
  readonly packages: Readonly<Record<string, { version?: string; integrity?: string; dev?: boolean }>>;
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

function read(path: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8'));
}

describe.each(['', 'docs/'])('%spackage-lock.json', (folder) => {
  const { packages } = read(`${folder}package-lock.json`) as Lockfile;
  const { '': root, ...entries } = packages;

  test('has a version and a hash for each package', () => {
    expect(root).toBeDefined();
    const incomplete = Object.entries(entries).filter(
      ([, { version, integrity }]) => version === undefined || !/^sha512-[\w+/]{86}==$/.test(integrity ?? ''),
    );
    expect(incomplete.map(([path]) => path)).toEqual([]);
  });

  test('has what package.json asks for, in these versions', () => {
    const { dependencies, devDependencies } = read(`${folder}package.json`) as Manifest;
    const wanted = Object.entries({ ...dependencies, ...devDependencies });
    const locked = wanted.map(([name]) => [name, entries[`node_modules/${name}`]?.version]);
    expect(locked).toEqual(wanted);
  });
});
