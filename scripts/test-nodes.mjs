/**
 * Runs the test suite on other Node versions, with the addon as it is: Node-API is ABI-stable, so one build
 * must serve them all.
 *
 *   node scripts/test-nodes.mjs [version …] [-- vitest options]
 *
 * The versions come from npm (packages node-<platform>-<arch>) and are kept in
 * node_modules/.cache/selectloop-nodes.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const DEFAULT_VERSIONS = ['22.23.3', '24.21.0', '26.10.0'];
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cache = join(root, 'node_modules', '.cache', 'selectloop-nodes');

function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (error) throw error;
  return status ?? 1;
}

function mustRun(command, args, options) {
  const status = run(command, args, options);
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed with exit code ${status}`);
}

/**
 * The folder of a Node version, fetched if it is not there. It appears under its name only when it is
 * complete.
 */
function fetchNode(version) {
  const folder = join(cache, version);
  if (existsSync(join(folder, 'bin', 'node'))) return folder;
  const name = `node-${process.platform}-${process.arch}`;
  const unpacked = join(cache, `${version}.${process.pid}`);
  mkdirSync(unpacked, { recursive: true });
  try {
    mustRun('npm', ['pack', `${name}@${version}`, '--silent', '--pack-destination', unpacked]);
    const tarball = readdirSync(unpacked).find((file) => file.endsWith('.tgz'));
    mustRun('tar', ['-xzf', tarball, '--strip-components=1'], { cwd: unpacked });
    rmSync(join(unpacked, tarball));
    rmSync(folder, { recursive: true, force: true });
    renameSync(unpacked, folder);
  } finally {
    rmSync(unpacked, { recursive: true, force: true });
  }
  return folder;
}

/**
 * True when the suite passes on `version`. Programs that the tests start find this node first on PATH too.
 */
function passesOn(version, vitestOptions) {
  const bin = join(fetchNode(version), 'bin');
  console.log(`\n=== Node ${version}`);
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
  return run(join(bin, 'node'), [vitest, 'run', ...vitestOptions], { env }) === 0;
}

const args = process.argv.slice(2);
const split = args.includes('--') ? args.indexOf('--') : args.length;
const versions = split > 0 ? args.slice(0, split) : DEFAULT_VERSIONS;
const failed = versions.filter((version) => !passesOn(version, args.slice(split + 1)));
console.log(failed.length === 0 ? `passed on ${versions.join(', ')}` : `FAILED on ${failed.join(', ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;
