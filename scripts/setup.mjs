/**
 * Brings a clone to a state in which everything runs: dependencies, native addon, compiled dist/. Does only
 * what is missing or out of date, says nothing when that is nothing, and may be started twice at once.
 *
 *   node scripts/setup.mjs          all there is
 *   node scripts/setup.mjs run      only what it takes to run a program of the checkout, as `npm start` does
 *
 * Plain node without dependencies: it runs before there are any. Its output goes to stderr, so that the
 * output of a program started after it stays clean.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, lstatSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildDist } from './build-dist.mjs';
import { isOlder } from './freshness.mjs';
import { withLock } from './lock.mjs';
import { partOfLockfile } from './lockfile-part.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const at = (...parts) => join(root, ...parts);

/** npm writes this file at the end of every installation, whoever started it. */
const installMarker = at('node_modules', '.package-lock.json');
const addon = at('build', 'Release', 'selectloop.node');

/**
 * The packages that it takes to compile the addon and to run a program: a few seconds, where all take half a
 * minute.
 */
const packagesToRun = ['node-addon-api', 'tsx', 'node-gyp'];
/** One that only a full installation has. */
const packageOfTests = at('node_modules', 'vitest', 'package.json');

const addonStep = {
  what: 'building the native addon',
  isStale: () => isOlder(addon, [at('native'), at('binding.gyp')]),
  run: buildAddon,
};

const stepsToRun = [
  {
    what: `installing ${packagesToRun.join(', ')}`,
    isStale: () => isOlder(installMarker, [at('package-lock.json')]),
    run: installPackagesToRun,
  },
  addonStep,
];

const allSteps = [
  {
    what: 'installing dependencies',
    isStale: () => !existsSync(packageOfTests) || isOlder(installMarker, [at('package-lock.json')]),
    run: installDependencies,
  },
  addonStep,
  {
    what: 'building dist/ from src/',
    isStale: () =>
      isOlder(at('dist'), [
        at('src'),
        at('tsconfig.json'),
        at('tsconfig.declarations.json'),
        at('scripts', 'build-dist.mjs'),
      ]),
    run: buildDist,
  },
];

const steps = process.argv[2] === 'run' ? stepsToRun : allSteps;

function installDependencies() {
  refuseLinkedFolder();
  // Without scripts: npm would run our own, hide what it says, and leave nothing for the next step, which
  // shows it.
  return npm(root, 'ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund');
}

/**
 * Installs some packages as the lockfile has them. npm can leave out all that is for development, but not a
 * part of it.
 */
async function installPackagesToRun() {
  refuseLinkedFolder();
  const folder = at('build-setup', 'run');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const { manifest, lockfile } = partOfLockfile(at('package-lock.json'), packagesToRun);
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lockfile));
  const exitCode = await npm(folder, 'ci', '--ignore-scripts', '--no-audit', '--no-fund');
  if (exitCode !== 0) return exitCode;
  rmSync(at('node_modules'), { recursive: true, force: true });
  renameSync(join(folder, 'node_modules'), at('node_modules'));
  rmSync(folder, { recursive: true });
  return 0;
}

function refuseLinkedFolder() {
  // npm ci empties the folder that a link points to, which may be that of another checkout, and then replaces
  // the link.
  if (lstatSync(at('node_modules'), { throwIfNoEntry: false })?.isSymbolicLink()) {
    throw new Error(
      `selectloop setup: node_modules is a symbolic link and older than package-lock.json. Run npm ci where it points to, or remove ${at('node_modules')}.`,
    );
  }
}

async function buildAddon() {
  const startedAt = new Date();
  const exitCode = await node(at('scripts', 'install.mjs'), '--force');
  // It is up to date as of when the build began: a source edited meanwhile counts as newer.
  if (exitCode === 0) utimesSync(addon, startedAt, startedAt);
  return exitCode;
}

function node(...args) {
  return runToEnd(process.execPath, args, root);
}

function npm(cwd, ...args) {
  const running = process.env.npm_execpath;
  // Under `npm start` this is the npm that the user called; it need not be the one on PATH, nor on PATH at
  // all.
  return running?.endsWith('npm-cli.js')
    ? runToEnd(process.execPath, [running, ...args], cwd)
    : runToEnd('npm', args, cwd);
}

/** Runs node or npm with our stderr for all output. Resolves to the exit code; 1 when a signal ended it. */
async function runToEnd(command, args, cwd) {
  const child = spawn(command, args, { cwd, stdio: ['ignore', 2, 2] });
  try {
    const [exitCode] = await once(child, 'exit');
    return exitCode ?? 1;
  } catch (error) {
    throw error.code === 'ENOENT' ? new Error(npmIsMissing, { cause: error }) : error;
  }
}

/** What to say when npm is not there. (What else a build needs, scripts/install.mjs asks for itself.) */
const npmIsMissing = [
  'selectloop setup needs npm, not found on PATH. To install it and what a build needs:',
  '  Debian, Ubuntu   apt-get install npm python3 make g++',
  '  Fedora           dnf install npm python3 make gcc-c++',
  '  Alpine           apk add npm python3 make g++',
  '  FreeBSD          pkg install npm python3 gmake',
  '  macOS            npm comes with Node.js; xcode-select --install',
].join('\n');

/**
 * Why this Node.js cannot be used, or undefined. The gaps are those of the test runner and bundler we build
 * on.
 */
function nodeVersionProblem(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const supported = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major >= 23;
  if (supported) return undefined;
  return `selectloop needs Node.js 20.19 or later (20.19+, 22.12+, 24+); this is ${version} at ${process.execPath}.`;
}

async function bringUpToDate() {
  for (const step of steps) {
    if (!step.isStale()) continue;
    console.error(`selectloop setup: ${step.what} …`);
    const startedMs = performance.now();
    const exitCode = await step.run();
    if (exitCode === 0) {
      const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
      console.error(`selectloop setup: ${step.what}: done in ${seconds} s`);
    }
    if (exitCode !== 0)
      return `selectloop setup: ${step.what} failed with exit code ${exitCode}; the reason is above.`;
  }
  return undefined;
}

async function main() {
  const versionProblem = nodeVersionProblem(process.versions.node);
  if (versionProblem !== undefined) return versionProblem;
  if (!steps.some((step) => step.isStale())) return undefined;
  return withLock(at('build-setup'), bringUpToDate, () =>
    console.error('selectloop setup: waiting for another setup in this folder …'),
  );
}

const problem = await main().catch((error) => error.message);
if (problem !== undefined) {
  console.error(problem);
  process.exitCode = 1;
}
