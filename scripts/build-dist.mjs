/**
 * Compiles src/ to dist/. The compiler writes to a folder beside it, which then takes dist/'s place: no file of a
 * deleted source stays behind, a failed compilation leaves the last good dist/ alone, and a program that is running
 * from dist/ never sees half of it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Compiles and swaps. Returns the compiler's exit code; the compiler's messages go to stderr. */
export function buildDist() {
  const fresh = join(root, 'build-dist.new');
  const old = join(root, 'build-dist.old');
  const remove = (path) => rmSync(path, { recursive: true, force: true });
  remove(fresh);
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const compiled = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', fresh], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (compiled.status !== 0) {
    remove(fresh);
    return compiled.status ?? 1;
  }
  remove(old);
  if (existsSync(join(root, 'dist'))) renameSync(join(root, 'dist'), old);
  renameSync(fresh, join(root, 'dist'));
  remove(old);
  return 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = buildDist();
