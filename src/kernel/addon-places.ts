/**
 * Where the native addon may be, best first:
 *
 * 1. `$SELECTLOOP_ADDON`, if it is set: exactly this file, relative to the working directory (sanitizer and
 *    coverage
 *    builds are tested through it);
 * 2. `build/Release/selectloop.node` of the package's own folder: what `npm ci` or `npm run build:native`
 *    built here;
 * 3. `prebuilds/<platform>-<arch>/selectloop[.glibc|.musl].node` there: what a tarball with all of them
 *    brings along;
 * 4. the package `@selectloop/<platform>-<arch>[-glibc|-musl]`, which package managers install where it fits;
 * 5. the package `@selectloop/source`, which compiles one;
 * 6. where a bundler has put this package into another file: `selectloop.node` beside that file, beside the
 *    program that
 *    was started, or beside the executable.
 */

import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { environmentVariable } from '../base/environment.ts';
import { nodeModules } from '../base/node-modules.ts';
import { ownUrl, packageFolder } from '../base/package-files.ts';

/** Systems for which packages with a prebuilt addon are published. `scripts/build-cross.mjs` builds them. */
const PREBUILT: readonly string[] = [
  'darwin-arm64',
  'darwin-x64',
  'linux-arm64-glibc',
  'linux-arm64-musl',
  'linux-x64-glibc',
  'linux-x64-musl',
];

/** The package that compiles an addon when it is installed. */
const SOURCE_PACKAGE = '@selectloop/source';

/** One place to look at. Found out late: what comes first is nearly always there. */
export interface AddonPlace {
  readonly name: string;
  /** What the error says where nothing is found. */
  readonly missing: 'no such file' | 'not installed';
  find(): string | null;
}

/** The C library a Linux program was built for. */
export type Libc = 'glibc' | 'musl';

/**
 * The C library of the running Node, from the name of its dynamic loader, which stands in the executable's
 * first kilobytes (`PT_INTERP`). `process.report` knows it too, but resolves the names of all open sockets to
 * tell.
 */
export function runningLibc(executable: string = process.execPath): Libc {
  const head = Buffer.alloc(4096);
  const fd = openProgram(executable);
  try {
    readSync(fd, head, 0, head.length, 0);
  } finally {
    closeSync(fd);
  }
  return head.includes('/ld-musl-') ? 'musl' : 'glibc';
}

/**
 * Opens the file of a program. Where Node was upgraded while it runs, a new thread of it has the name
 * `/usr/bin/node (deleted)`, and Linux still has the program itself.
 */
function openProgram(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if (path !== process.execPath) throw error;
    return openSync('/proc/self/exe', 'r');
  }
}

/** The running system as packages are named: `linux-x64-glibc`, `darwin-arm64`. */
export function systemName(): string {
  const system = `${process.platform}-${process.arch}`;
  return process.platform === 'linux' ? `${system}-${runningLibc()}` : system;
}

/** The package with the addon for the running system, or null where none is published. */
export function prebuiltPackage(): string | null {
  const system = systemName();
  return PREBUILT.includes(system) ? `@selectloop/${system}` : null;
}

/**
 * The package whose install script compiles the addon: this one, where it has the sources, or one of its own.
 */
export function buildingPackage(): string {
  const folder = packageFolder();
  return folder !== null && existsSync(fileURLToPath(`${folder}binding.gyp`)) ? 'selectloop' : SOURCE_PACKAGE;
}

/**
 * Where the install script of {@link buildingPackage} leaves what it said when it failed, if that package is
 * there.
 */
export function buildFailureFile(): string | null {
  try {
    const folder =
      buildingPackage() === SOURCE_PACKAGE ? sourceFolder() : fileURLToPath(`${packageFolder()}`);
    return join(folder, 'build', 'failure.txt');
  } catch {
    return null;
  }
}

function sourceFolder(): string {
  return dirname(ourRequire().resolve(`${SOURCE_PACKAGE}/package.json`));
}

/** All of them, unless one is forced. */
export function addonPlaces(): readonly AddonPlace[] {
  const forced = environmentVariable('SELECTLOOP_ADDON');
  // `require` would look for a relative path beside this file.
  if (forced !== '') return [fileAt(resolve(forced))];
  const packages = [
    inPackage(`@selectloop/${systemName()}`, 'selectloop.node'),
    inPackage(SOURCE_PACKAGE, 'build/Release/selectloop.node'),
  ];
  const folder = packageFolder();
  if (folder === null) return [...packages, ...besideFolders().map(besideBundle)];
  const ownFile = (path: string): AddonPlace => fileAt(fileURLToPath(`${folder}${path}`));
  const libc = process.platform === 'linux' ? `.${runningLibc()}` : '';
  return [
    ownFile('build/Release/selectloop.node'),
    ownFile(`prebuilds/${process.platform}-${process.arch}/selectloop${libc}.node`),
    ...packages,
  ];
}

function fileAt(path: string): AddonPlace {
  return { name: path, missing: 'no such file', find: () => (existsSync(path) ? path : null) };
}

function besideBundle(folder: string): AddonPlace {
  return fileAt(join(folder, 'selectloop.node'));
}

function inPackage(name: string, file: string): AddonPlace {
  const find = () => {
    try {
      const path = ourRequire().resolve(`${name}/${file}`);
      return existsSync(path) ? path : null;
    } catch {
      return null;
    }
  };
  return { name, missing: 'not installed', find };
}

/**
 * Resolves as this package does: its optional dependencies are its own, and need not be found by anybody
 * else.
 */
function ourRequire(): NodeJS.Require {
  const { createRequire } = nodeModules.module;
  const here = createRequire(ownUrl() ?? startedFile());
  if (packageFolder() !== null) return here;
  try {
    return createRequire(here.resolve('selectloop/package.json'));
  } catch {
    return here;
  }
}

/** Where the addon may have been copied to. */
function besideFolders(): string[] {
  const own = ownUrl();
  const files = [
    own?.startsWith('file:') ? fileURLToPath(own) : startedFile(),
    startedFile(),
    process.execPath,
  ];
  return [...new Set(files.map((file) => dirname(file)))];
}

function startedFile(): string {
  return resolve(process.argv[1] ?? process.execPath);
}
