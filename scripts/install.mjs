/**
 * Makes the native addon usable, as npm's install script and as `npm run build:native`.
 *
 *   node scripts/install.mjs [--force] [node-gyp options, such as --werror=true --sanitize=address --debug]
 *
 * Ends at once when a prebuilt addon loads. Otherwise, or with --force, compiles one with node-gyp. Plain
 * node, no dependency: it runs before there are any.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);

/**
 * Why the addon at `path` cannot be used, or undefined when it can. In a child: what is loaded cannot be
 * replaced.
 */
function loadProblem(path) {
  const script = 'require(process.argv[1]).pollerKinds().length > 0 || process.exit(3)';
  const child = spawnSync(process.execPath, ['-e', script, path], { encoding: 'utf8' });
  if (child.status === 0) return undefined;
  const reason = /^Error: .*$/m.exec(child.stderr ?? '')?.[0];
  return reason ?? `it does not load (exit code ${child.status}, signal ${child.signal})`;
}

/**
 * The addon that the package brings along for this system; the loader looks there too:
 * src/kernel/addon-places.ts.
 */
function prebuiltPath() {
  let libc = '';
  if (process.platform === 'linux') {
    const head = Buffer.alloc(4096);
    readSync(openSync(process.execPath, 'r'), head, 0, head.length, 0);
    libc = head.includes('/ld-musl-') ? '.musl' : '.glibc';
  }
  return join(root, 'prebuilds', `${process.platform}-${process.arch}`, `selectloop${libc}.node`);
}

/** How to get what a build needs, for the system at hand. */
function howToInstallTools() {
  const bySystem = {
    darwin: ['xcode-select --install'],
    freebsd: ['pkg install python3 gmake   (the compiler is part of the system)'],
    openbsd: ['pkg_add python3 gmake   (the compiler is part of the system)'],
    netbsd: ['pkgin install python3 gmake   (the compiler comes with the comp set)'],
    linux: [
      'Debian, Ubuntu:  apt-get install python3 make g++',
      'Fedora, RHEL:    dnf install python3 make gcc-c++',
      'Alpine:          apk add python3 make g++',
      'Arch:            pacman -S --needed python make gcc',
    ],
  };
  return bySystem[process.platform] ?? bySystem.linux;
}

function isOnPath(name) {
  const isExecutable = (path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  };
  if (name.includes('/')) return isExecutable(name);
  return (process.env.PATH ?? '').split(delimiter).some((folder) => isExecutable(join(folder || '.', name)));
}

/**
 * What a build calls and PATH does not have, each as words. Asked first: node-gyp's own errors are pages
 * long.
 */
function missingTools() {
  // gyp's makefiles call g++ (c++ on the BSDs) unless CXX names another compiler, perhaps with options.
  const compiler = process.env.CXX?.trim().split(/\s+/)[0];
  const compilers = compiler ? [compiler] : ['g++', 'c++', 'clang++'];
  const makes = process.platform.endsWith('bsd') ? ['gmake'] : [process.env.MAKE || 'make'];
  const python = process.env.npm_config_python || process.env.PYTHON || process.env.NODE_GYP_FORCE_PYTHON;
  const wanted = [
    ['a C++ compiler', compilers],
    ['make', makes],
    ['Python 3', python ? [python] : ['python3', 'python']],
  ];
  return wanted
    .filter(([, names]) => !names.some(isOnPath))
    .map(([what, names]) => `${what} (${names.join(' or ')})`);
}

/** node-gyp's main file: our own copy in a clone, else the one inside the npm that runs us. */
function findNodeGyp() {
  try {
    return require.resolve('node-gyp/bin/node-gyp.js');
  } catch {
    const ofNpm = process.env.npm_config_node_gyp;
    if (ofNpm && existsSync(ofNpm)) return ofNpm;
    // Called without npm: its usual places beside the running node.
    const prefix = dirname(dirname(process.execPath));
    const folders = [join(prefix, 'lib', 'node_modules'), join(prefix, 'share', 'nodejs')];
    return folders
      .flatMap((folder) => [join(folder, 'npm', 'node_modules', 'node-gyp'), join(folder, 'node-gyp')])
      .map((folder) => join(folder, 'bin', 'node-gyp.js'))
      .find((path) => existsSync(path));
  }
}

/**
 * The folder whose include/node/ has the headers of exactly this node, if it came with them. node-gyp would
 * download them from nodejs.org, which many build machines cannot reach.
 */
function headersBesideNode() {
  const prefix = dirname(dirname(process.execPath));
  const include = join(prefix, 'include', 'node');
  try {
    if (!existsSync(join(include, 'common.gypi'))) return undefined;
    const version = readFileSync(join(include, 'node_version.h'), 'utf8');
    const number = (name) => new RegExp(`#define ${name} (\\d+)`).exec(version)?.[1];
    const [major, minor] = process.versions.node.split('.');
    // The addon uses Node-API alone, which is stable; the minor still matters for what config.gypi says.
    return number('NODE_MAJOR_VERSION') === major && number('NODE_MINOR_VERSION') === minor
      ? prefix
      : undefined;
  } catch {
    return undefined;
  }
}

/** Runs one command of node-gyp. Resolves to its exit code. `onLine` gets each line that it says. */
async function runNodeGyp(args, env, onLine) {
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
  createInterface({ input: child.stdout }).on('line', onLine);
  // What compilers complain of is shown at once; node-gyp's own chatter is for when it fails.
  createInterface({ input: child.stderr }).on('line', (line) => {
    console.error(line);
    onLine(line);
  });
  const [exitCode] = await once(child, 'close');
  return exitCode ?? 1;
}

/**
 * Says how far a build is: `make` names each file that it begins. On a terminal one line that changes,
 * elsewhere a few.
 */
class Progress {
  #begun = 0;
  #told = 0;
  #total;

  constructor(total) {
    this.#total = total;
  }

  take(line) {
    if (!/^ {2}CXX\(/.test(line)) return;
    this.#begun++;
    const text = `selectloop: compiling ${this.#begun} of ${Math.max(this.#total, this.#begun)} files`;
    const isLast = this.#begun === this.#total;
    if (process.stderr.isTTY) process.stderr.write(`\r${text}${isLast ? '\n' : ''}`);
    else if (isLast || this.#begun >= this.#told + STEP_FILES) {
      this.#told = this.#begun;
      console.error(text);
    }
  }
}

/** Where there is no terminal, progress is told after this many files. */
const STEP_FILES = 10;
/** The lines of a failed build that are told again at its end. */
const LINES_OF_REASON = 10;

/** The lines that name an error, or the last ones where none does. */
function reasonIn(said) {
  const lines = said.filter((line) => line.trim() !== '');
  const errors = lines.filter((line) => /\b(?:error|fatal|not found)\b/i.test(line));
  return (errors.length > 0 ? errors.slice(0, LINES_OF_REASON) : lines.slice(-LINES_OF_REASON)).map(
    (line) => `  ${line.trim()}`,
  );
}

/** How many files gyp's makefile compiles on this system. */
function sourceFileCount() {
  try {
    const makefile = readFileSync(join(root, 'build', 'selectloop.target.mk'), 'utf8');
    return makefile.match(/\/native\/\S+\.o\b/g)?.length ?? 0;
  } catch {
    return 0;
  }
}

async function build(nodeGypOptions) {
  const missing = missingTools();
  if (missing.length > 0) {
    return [
      `selectloop: compiling the native addon needs ${missing.join(' and ')}, not found on PATH. Install with:`,
      ...howToInstallTools().map((line) => `  ${line}`),
      'and then run the same command again.',
    ];
  }
  const nodeGyp = findNodeGyp();
  if (nodeGyp === undefined) {
    return [
      'selectloop: node-gyp was not found. Run this through npm, which brings it along: npm rebuild selectloop',
    ];
  }
  const environment = { ...process.env };
  const hasNodedir =
    environment.npm_config_nodedir || nodeGypOptions.some((option) => option.startsWith('--nodedir'));
  if (!hasNodedir) {
    const nodedir = headersBesideNode();
    if (nodedir !== undefined) environment.npm_config_nodedir = nodedir;
  }
  const jobs = environment.npm_config_jobs || environment.JOBS || String(availableParallelism());
  const startedMs = performance.now();
  console.error(`selectloop: compiling the native addon, ${jobs} files at a time`);
  // Not 'rebuild', which begins by deleting: an addon that works stays until a new one is linked.
  const said = [];
  let status = await runNodeGyp(
    [nodeGyp, 'configure', '--loglevel=error', ...nodeGypOptions],
    environment,
    (line) => said.push(line),
  );
  if (status === 0) {
    const progress = new Progress(sourceFileCount());
    const args = [nodeGyp, 'build', `--jobs=${jobs}`, '--loglevel=error', ...nodeGypOptions];
    status = await runNodeGyp(args, environment, (line) => {
      said.push(line);
      progress.take(line);
    });
  }
  if (status === 0) {
    console.error(`selectloop: compiled in ${((performance.now() - startedMs) / 1000).toFixed(0)} s`);
    return undefined;
  }
  return [
    `selectloop: compiling the native addon failed (node-gyp, exit code ${status}). It said:`,
    ...reasonIn(said),
    'It takes a compiler for C++17 (g++ 8, clang 7, Xcode 12 or newer), make and Python 3.8 or newer.',
    ...(hasNodedir || environment.npm_config_nodedir
      ? []
      : [
          'The headers of Node are not beside this node, so node-gyp had to download them from nodejs.org. If that is',
          'what failed, name a folder that has include/node/: npm_config_nodedir=/usr npm rebuild selectloop',
        ]),
  ];
}

async function main(options) {
  if (process.platform === 'win32') {
    return ['selectloop does not run on Windows: there is no epoll, kqueue or poll. Use WSL.'];
  }
  const force = options.includes('--force');
  const prebuilt = prebuiltPath();
  if (!force && existsSync(prebuilt)) {
    const problem = loadProblem(prebuilt);
    if (problem === undefined) return undefined;
    console.error(`selectloop: the prebuilt addon cannot be used, compiling one instead. ${problem}`);
  }
  return build(options.filter((option) => option !== '--force'));
}

/**
 * Leaves what went wrong for the loader to tell, or removes what an earlier run left. Only npm shows what a
 * failed script said: the others write it to a log, or go on without a word.
 */
function remember(problem) {
  const path = join(root, 'build', 'failure.txt');
  try {
    rmSync(path, { force: true });
    if (problem === undefined) return;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${problem.join('\n')}\n`);
  } catch {
    // A folder that cannot be written to: the words went to stderr.
  }
}

const problem = await main(process.argv.slice(2));
remember(problem);
if (problem !== undefined) {
  console.error(problem.join('\n'));
  process.exitCode = 1;
}
