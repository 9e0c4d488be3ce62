/**
 * Builds the documentation site into build-docs/: the reference from the docstrings, then all pages of docs/.
 * A dead link is an error. The generators are packages of their own, docs/package.json, and are installed
 * when they are missing.
 */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isOlder } from './freshness.mjs';

const docs = join(dirname(dirname(fileURLToPath(import.meta.url))), 'docs');

function run(command, ...args) {
  const { status, error } = spawnSync(command, args, { cwd: docs, stdio: 'inherit' });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

if (isOlder(join(docs, 'node_modules', '.package-lock.json'), [join(docs, 'package-lock.json')])) {
  run('npm', 'ci', '--no-audit', '--no-fund');
}
rmSync(join(docs, 'reference'), { recursive: true, force: true });
run(join('node_modules', '.bin', 'typedoc'));
run(join('node_modules', '.bin', 'vitepress'), 'build');
