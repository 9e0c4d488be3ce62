/**
 * Builds the documentation site into build-docs/: the reference from the docstrings, then all pages of docs/.
 * A warning of the reference, and a link that leads nowhere, are errors. The generators are packages of their
 * own, docs/package.json, and are installed when they are missing.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isOlder } from './freshness.mjs';
import { brokenLinks } from './site-links.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const docs = join(root, 'docs');

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

const { repository } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const sources = { url: `${repository.url.replace(/^git\+|\.git$/g, '')}/blob/main/`, folder: root };
const broken = brokenLinks(join(root, 'build-docs'), sources);
for (const line of broken) console.error(line);
if (broken.length > 0) process.exit(1);
