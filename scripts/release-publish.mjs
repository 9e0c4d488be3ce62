/**
 * Publishes what lies in build-release/, with provenance: the addons first and `selectloop` last, so that
 * nobody installs it before what it depends on is there. A version that is published already, with the same
 * bytes, is passed over: a run that broke off can be repeated.
 *
 *   npm run release:publish [-- --dry-run]
 *
 * For the release workflow. npm signs what is published there with the identity of the workflow, and shows
 * from which commit it comes.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkedRelease } from './release-check.mjs';
import { releaseFolder } from './release-pack.mjs';

function npm(args, stdio) {
  return spawnSync('npm', args, { encoding: 'utf8', stdio, cwd: releaseFolder });
}

/** The hash of the version that is in the registry, or undefined. */
function publishedIntegrity({ name, version }) {
  const { status, stdout } = npm(['view', `${name}@${version}`, 'dist.integrity'], 'pipe');
  return status === 0 && stdout.trim() !== '' ? stdout.trim() : undefined;
}

function publish(made, isDryRun) {
  const { name, version, tarball, integrity } = made;
  const published = publishedIntegrity(made);
  if (published === integrity) return console.log(`${name} ${version} is published already`);
  if (published !== undefined) throw new Error(`${name} ${version} is published, with other bytes`);
  // A version such as 0.2.0-rc.1 must not become what `npm install selectloop` takes.
  const tag = version.includes('-') ? 'next' : 'latest';
  const how = isDryRun ? ['--dry-run'] : ['--provenance'];
  const path = `.${join('/', tarball)}`;
  const { status } = npm(['publish', path, '--access', 'public', '--tag', tag, ...how], 'inherit');
  if (status !== 0) throw new Error(`npm publish of ${name} ended with ${status}`);
}

function main() {
  const { values } = parseArgs({ options: { 'dry-run': { type: 'boolean', default: false } } });
  const packages = checkedRelease();
  const last = ({ name }) => (name === 'selectloop' ? 1 : 0);
  for (const made of packages.toSorted((a, b) => last(a) - last(b))) publish(made, values['dry-run']);
}

try {
  main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
