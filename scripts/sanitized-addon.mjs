/**
 * The addon with sanitizers: how it is built, how a process runs with it, and what of the sanitizers' reports
 * concerns us.
 *
 * It is built from a copy of the sources, in build-asan/ or build-tsan/, so build/ stays what it was.
 * Processes find it through SELECTLOOP_ADDON (see src/kernel/addon.ts). Needs Linux, g++ and its sanitizer
 * libraries.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const sanitizers = {
  asan: {
    flags: 'address,undefined',
    library: 'libasan.so',
    environment: (reports) => ({
      // Leaks do not end a process with an error: Node itself leaves memory behind at process.exit(), and so
      // does vitest's bundler. Afterwards the reports are searched for leaks that came through our code.
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
export function relevantReports(folder) {
  return readdirSync(folder)
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split(/\n\n+/))
    .filter((part) => {
      if (/^(Direct|Indirect) leak /.test(part)) return isOurLeak(part);
      return /ERROR: (?!LeakSanitizer)|WARNING: ThreadSanitizer|runtime error:/.test(part);
    });
}

/** A copy of what a build reads; folders above it have node_modules. */
function copySources(folder) {
  rmSync(join(folder, 'native'), { recursive: true, force: true });
  mkdirSync(join(folder, 'scripts'), { recursive: true });
  for (const name of ['native', 'binding.gyp', 'package.json']) {
    cpSync(join(root, name), join(folder, name), { recursive: true, preserveTimestamps: true });
  }
  const scripts = join(root, 'scripts');
  for (const name of readdirSync(scripts).filter((each) => each.endsWith('.mjs'))) {
    cpSync(join(scripts, name), join(folder, 'scripts', name));
  }
}

function preloadPath(library) {
  const found = spawnSync('g++', [`-print-file-name=${library}`], { encoding: 'utf8' }).stdout?.trim() ?? '';
  // g++ answers with the bare name when it does not have the file.
  return found.includes('/') && existsSync(found) ? found : undefined;
}

/**
 * Builds the addon with the sanitizers of that name, `asan` (with UndefinedBehaviorSanitizer) or `tsan`.
 *
 * @returns the folder of reports, emptied, and the environment for processes that use the addon
 * @throws Error in words, when it cannot be built here
 */
export function buildSanitized(name) {
  const sanitizer = sanitizers[name];
  if (process.platform !== 'linux') throw new Error('sanitizers need Linux');
  const preload = preloadPath(sanitizer.library);
  if (preload === undefined) {
    throw new Error(
      `g++ has no ${sanitizer.library}. Debian, Ubuntu: apt-get install g++   Fedora: dnf install libasan libubsan libtsan`,
    );
  }
  const folder = join(root, `build-${name}`);
  copySources(folder);
  const install = [
    join(folder, 'scripts', 'install.mjs'),
    '--force',
    '--werror=true',
    `--sanitize=${sanitizer.flags}`,
  ];
  const built = spawnSync(process.execPath, install, { cwd: folder, stdio: 'inherit' });
  if (built.status !== 0) throw new Error(`the build with ${sanitizer.flags} failed`);
  const addon = join(folder, 'build', 'Release', 'selectloop.node');
  const reports = join(folder, 'reports');
  rmSync(reports, { recursive: true, force: true });
  mkdirSync(reports);
  return {
    reports,
    env: {
      ...process.env,
      ...sanitizer.environment(join(reports, 'report')),
      SELECTLOOP_ADDON: addon,
      LD_PRELOAD: preload,
      // Held by the main thread too. Otherwise it is unloaded with the last worker, and reports have no
      // names.
      NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --require=${JSON.stringify(addon)}`,
    },
  };
}
