/**
 * Runs the tests that reach the native code on an addon built with sanitizers; any report or leak fails them.
 *
 *   npm run test:asan    AddressSanitizer with leak check, and UndefinedBehaviorSanitizer
 *   npm run test:tsan    ThreadSanitizer
 *
 * The addon is built from a copy of the sources, in build-asan/ or build-tsan/, so build/ stays what it was. The tests
 * find it through SELECTLOOP_ADDON (see src/kernel/addon.ts). Needs g++ and its sanitizer libraries.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);

const sanitizers = {
  asan: {
    flags: 'address,undefined',
    library: 'libasan.so',
    environment: (reports) => ({
      // Leaks do not end a process with an error: Node itself leaves memory behind at process.exit(), and so does
      // vitest's bundler. Afterwards the reports are searched for leaks that came through our code.
      ASAN_OPTIONS: `detect_stack_use_after_return=1:abort_on_error=1:exitcode=0:log_path='${reports}'`,
      UBSAN_OPTIONS: 'halt_on_error=1:print_stacktrace=1',
    }),
  },
  tsan: {
    flags: 'thread',
    library: 'libtsan.so',
    // Node is not built with TSan: its locks are unseen, so what happens in it alone must not be judged.
    environment: (reports) => ({
      TSAN_OPTIONS: `ignore_noninstrumented_modules=1:exitcode=66:log_path='${reports}'`,
    }),
  },
};

/** True for a leak that our code allocated. What V8 or Node allocated on our behalf is theirs to release. */
function isOurLeak(report) {
  const frames = report.split('\n');
  const ours = frames.findIndex((frame) => frame.includes('/native/'));
  return ours >= 0 && !frames.slice(0, ours).some((frame) => / (v8|node)::/.test(frame));
}

/** What the sanitizers of all processes wrote that concerns us. */
function relevantReports(folder) {
  return readdirSync(folder)
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split(/\n\n+/))
    .filter((part) => {
      if (/^(Direct|Indirect) leak /.test(part)) return isOurLeak(part);
      return /ERROR: (?!LeakSanitizer)|WARNING: ThreadSanitizer|runtime error:/.test(part);
    });
}

function run(command, args, options) {
  const child = spawnSync(command, args, { stdio: 'inherit', ...options });
  if (child.error !== undefined) throw child.error;
  return child.status ?? 1;
}

/** A copy of what a build reads; folders above it have node_modules. */
function copySources(folder) {
  rmSync(join(folder, 'native'), { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const name of ['native', 'binding.gyp', 'package.json']) {
    cpSync(join(root, name), join(folder, name), { recursive: true, preserveTimestamps: true });
  }
  mkdirSync(join(folder, 'scripts'), { recursive: true });
  cpSync(join(root, 'scripts', 'install.mjs'), join(folder, 'scripts', 'install.mjs'));
}

function preloadPath(library) {
  const found = spawnSync('g++', [`-print-file-name=${library}`], { encoding: 'utf8' }).stdout?.trim() ?? '';
  // g++ answers with the bare name when it does not have the file.
  return found.includes('/') && existsSync(found) ? found : undefined;
}

function main(name) {
  const sanitizer = sanitizers[name];
  if (sanitizer === undefined || process.platform !== 'linux') {
    console.error('Usage, on Linux: node scripts/test-sanitizers.mjs asan|tsan [test files]');
    return 2;
  }
  const preload = preloadPath(sanitizer.library);
  if (preload === undefined) {
    console.error(
      `g++ has no ${sanitizer.library}. Debian, Ubuntu: apt-get install g++   Fedora: dnf install libasan libubsan libtsan`,
    );
    return 1;
  }
  const folder = join(root, `build-${name}`);
  copySources(folder);
  const install = [
    join(folder, 'scripts', 'install.mjs'),
    '--force',
    '--werror=true',
    `--sanitize=${sanitizer.flags}`,
  ];
  const built = run(process.execPath, install, { cwd: folder });
  if (built !== 0) return built;

  const addon = join(folder, 'build', 'Release', 'selectloop.node');
  const reports = join(folder, 'reports');
  rmSync(reports, { recursive: true, force: true });
  mkdirSync(reports);
  const tests = process.argv.length > 3 ? process.argv.slice(3) : ['test/native', 'test/contract'];
  // Threads: a fork of vitest's is killed before it could report its leaks. One file at a time: a child that another
  // file starts holds a copy of every descriptor until its exec, and the tests of hang-ups would see that. The code takes
  // several times as long.
  const vitest = join(dirname(require.resolve('vitest/package.json')), 'vitest.mjs');
  const tested = run(
    process.execPath,
    [vitest, 'run', '--pool=threads', '--no-file-parallelism', '--testTimeout=90000', ...tests],
    {
      cwd: root,
      env: {
        ...process.env,
        ...sanitizer.environment(join(reports, 'report')),
        SELECTLOOP_ADDON: addon,
        LD_PRELOAD: preload,
        // Held by the main thread too. Otherwise it is unloaded with the last worker, and reports have no names.
        NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --require=${JSON.stringify(addon)}`,
      },
    },
  );
  const found = relevantReports(reports);
  console.log(
    found.length === 0 ? `${name}: no report` : `${found.join('\n\n')}\n\n${name}: ${found.length} reports`,
  );
  return found.length > 0 ? 1 : tested;
}

process.exitCode = main(process.argv[2]);
