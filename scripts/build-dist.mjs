/**
 * Compiles src/ to dist/. The compiler writes to a folder beside it, which then takes dist/'s place: no file of a
 * deleted source stays behind, a failed compilation leaves the last good dist/ alone, and a program that is running
 * from dist/ never sees half of it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
const PREFIX = 'build-dist.';

/** Compiles and swaps. Resolves to the compiler's exit code; the compiler's messages go to stderr. */
export async function buildDist() {
  sweepLeftovers();
  // A name of its own: a compiler whose parent was killed goes on writing, and must not write here.
  const fresh = join(root, `${PREFIX}${process.pid}.new`);
  try {
    const exitCode = await compileTo(fresh);
    if (exitCode === 0) replaceDist(fresh);
    return exitCode;
  } finally {
    remove(fresh);
  }
}

async function compileTo(folder) {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const args = [tsc, '-p', 'tsconfig.build.json', '--outDir', folder];
  const [exitCode] = await once(
    spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 2, 2] }),
    'exit',
  );
  return exitCode ?? 1;
}

function replaceDist(fresh) {
  const old = join(root, `${PREFIX}${process.pid}.old`);
  if (existsSync(dist)) renameSync(dist, old);
  renameSync(fresh, dist);
  remove(old);
}

/** Removes what builds that were killed have left; a minute is more than any build takes. */
function sweepLeftovers() {
  const leftovers = readdirSync(root)
    .filter((name) => name.startsWith(PREFIX))
    .map((name) => join(root, name))
    .filter((path) => Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) > 60_000);
  for (const path of leftovers) remove(path);
}

function remove(path) {
  rmSync(path, { recursive: true, force: true });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await buildDist();
