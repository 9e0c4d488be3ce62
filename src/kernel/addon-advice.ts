/**
 * What to do where the addon could not be loaded, in words: for each package manager, what to write and what
 * to run.
 */

import { readFileSync } from 'node:fs';

import { packageFolder } from '../base/package-files.ts';
import { buildFailureFile, buildingPackage, prebuiltPackage } from './addon-places.ts';

interface PackageManager {
  readonly name: string;
  /** What lets it run the install script of `script`, and where that is written. */
  readonly allow: (script: string) => readonly string[];
  readonly run: (script: string) => string;
}

/**
 * Package managers run a dependency's install script only if the project says so (npm since 12, pnpm since
 * 10, yarn since 4.14, Bun always), and few say what a blocked script means for the dependency.
 */
const PACKAGE_MANAGERS: readonly PackageManager[] = [
  {
    name: 'npm',
    allow: (script) => [`"allowScripts": { "${script}": true }   (before npm 12 it needs no leave)`],
    run: (script) => `npm rebuild ${script}`,
  },
  {
    name: 'pnpm',
    allow: (script) => [
      `"pnpm": { "onlyBuiltDependencies": ["${script}"] }`,
      `or in pnpm-workspace.yaml, from pnpm 11 on: allowBuilds: { "${script}": true }`,
    ],
    run: (script) => `pnpm rebuild ${script}   (pnpm approve-builds does both)`,
  },
  {
    name: 'yarn',
    allow: (script) => [`"dependenciesMeta": { "${script}": { "built": true } }`],
    run: (script) => `yarn rebuild ${script}`,
  },
  {
    name: 'Bun',
    allow: (script) => [`"trustedDependencies": ["${script}"]`],
    run: (script) => `bun install   (bun pm trust ${script} does both)`,
  },
];

/** The lines that end the error about an addon that could not be loaded. */
export function addonAdvice(): readonly string[] {
  const building = buildingPackage();
  if (building === 'selectloop') {
    return [
      ...lastBuildFailure(buildFailureFile()),
      'In a project that depends on selectloop, its install script compiles the addon. It was blocked, or it failed.',
      ...scriptAdvice(building),
      'In a clone of selectloop:',
      '  npm run build:native',
    ];
  }
  return [
    ...(packageFolder() === null ? bundleAdvice() : []),
    ...prebuiltAdvice(prebuiltPackage()),
    ...lastBuildFailure(buildFailureFile()),
    `To compile one, add the package ${building} to your project.`,
    ...scriptAdvice(building),
  ];
}

/** Which package manager wants what, to run the install script of a package. */
export function scriptAdvice(script: string): readonly string[] {
  return [
    'Allow the install script in package.json and run it; it needs Python 3, make and a C++ compiler:',
    ...PACKAGE_MANAGERS.flatMap(({ name, allow, run }) =>
      [...allow(script), run(script)].map(
        (line, index) => `  ${(index === 0 ? `${name}:` : '').padEnd(6)}${line}`,
      ),
    ),
  ];
}

function bundleAdvice(): readonly string[] {
  return [
    'selectloop is part of a bundle here. Leave it out of the bundle (esbuild: --external:selectloop; rollup: external;',
    'webpack: externals; Vite: ssr.external), or copy the addon beside the bundle, in your project:',
    '  cp "$(npx selectloop addon)" dist/selectloop.node   (dist: where the bundle is)',
  ];
}

function prebuiltAdvice(name: string | null): readonly string[] {
  if (name === null) return ['No addon is published for this system.'];
  return [
    `The addon for this system is the package ${name}, an optional dependency of selectloop. It is`,
    'missing where those are left out (--omit=optional, --no-optional), and where node_modules or a lock file came from',
    'another system: install again on this one, without the old node_modules.',
  ];
}

/**
 * What the install script said when it failed: most package managers show that in a log of their own, or
 * nowhere.
 * @param path where scripts/install.mjs leaves it
 */
export function lastBuildFailure(path: string | null): readonly string[] {
  if (path === null) return [];
  try {
    const said = readFileSync(path, 'utf8').trim().split('\n');
    return ['The last build here failed:', ...said.map((line) => `  ${line}`)];
  } catch {
    return [];
  }
}
