/**
 * What to do where the addon could not be loaded, in words: for each package manager, what to write and what
 * to run.
 */

import { readFileSync } from 'node:fs';

interface PackageManager {
  readonly name: string;
  /** What lets it run our install script, and where that is written. */
  readonly allow: readonly string[];
  readonly run: string;
}

/**
 * Package managers run a dependency's install script only if the project says so (npm since 12, pnpm since
 * 10, yarn since 4.14, Bun always), and few say what a blocked script means for the dependency.
 */
const PACKAGE_MANAGERS: readonly PackageManager[] = [
  {
    name: 'npm',
    allow: ['"allowScripts": { "selectloop": true }   (before npm 12 it needs no leave)'],
    run: 'npm rebuild selectloop',
  },
  {
    name: 'pnpm',
    allow: [
      '"pnpm": { "onlyBuiltDependencies": ["selectloop"] }',
      'or in pnpm-workspace.yaml, from pnpm 11 on: allowBuilds: { selectloop: true }',
    ],
    run: 'pnpm rebuild selectloop   (pnpm approve-builds does both)',
  },
  {
    name: 'yarn',
    allow: ['"dependenciesMeta": { "selectloop": { "built": true } }'],
    run: 'yarn rebuild selectloop',
  },
  {
    name: 'Bun',
    allow: ['"trustedDependencies": ["selectloop"]'],
    run: 'bun install   (bun pm trust selectloop does both)',
  },
];

/** The lines that end the error about an addon that could not be loaded. */
export function buildAdvice(): readonly string[] {
  return [
    'In a project that depends on selectloop, its install script compiles the addon. It was blocked, or it failed.',
    'Allow it in package.json and run it again; it needs Python 3, make and a C++ compiler:',
    ...PACKAGE_MANAGERS.flatMap(({ name, allow, run }) =>
      [...allow, run].map((line, index) => `  ${(index === 0 ? `${name}:` : '').padEnd(6)}${line}`),
    ),
    'In a clone of selectloop:',
    '  npm run build:native',
  ];
}

/**
 * What the install script said when it failed: most package managers show that in a log of their own, or
 * nowhere.
 * @param path where scripts/install.mjs leaves it
 */
export function lastBuildFailure(path: string): readonly string[] {
  try {
    const said = readFileSync(path, 'utf8').trim().split('\n');
    return ['The last build here failed:', ...said.map((line) => `  ${line}`)];
  } catch {
    return [];
  }
}
