/**
 * Is what lies in build-release/ a release, whole and unchanged? Compares the tarballs with the hashes of
 * manifest.json, and their versions with each other. Plain node, no dependency: it runs on each machine that
 * gets the packages from another.
 *
 *   npm run release:check [-- --tag v0.2.0] [-- --rebuilt linux-x64-glibc]
 *
 * --tag: the version is that of the tag, and CHANGELOG.md has it. --rebuilt: the addon for this system that
 * `npm run build:cross` has built here has the bytes of the one in the release.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { targets } from './cross-targets.mjs';
import { builtAddons, hashOf, releaseFolder, root } from './release-pack.mjs';

/**
 * What manifest.json says of each package. Throws unless it is true of the tarballs, and they are all there.
 */
export function checkedRelease() {
  const { packages } = JSON.parse(readFileSync(join(releaseFolder, 'manifest.json'), 'utf8'));
  for (const { tarball, sha256, integrity, packedBytes } of packages) {
    const bytes = readFileSync(join(releaseFolder, tarball));
    const hash = (algorithm, encoding) => createHash(algorithm).update(bytes).digest(encoding);
    must(bytes.length === packedBytes, `${tarball} has ${bytes.length} bytes, not ${packedBytes}`);
    must(hash('sha256', 'hex') === sha256, `${tarball} is not what was packed: sha256`);
    must(`sha512-${hash('sha512', 'base64')}` === integrity, `${tarball} is not what was packed: integrity`);
  }
  const tarballs = readdirSync(releaseFolder).filter((name) => name.endsWith('.tgz'));
  const listed = packages.map(({ tarball }) => tarball);
  mustEqual(tarballs, listed, 'tarballs');
  const systems = targets.map(({ name }) => `@selectloop/${name}`);
  mustEqual(
    packages.map(({ name }) => name),
    ['selectloop', '@selectloop/source', ...systems],
    'packages',
  );
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const each of packages) must(each.version === version, `${each.name} is of version ${each.version}`);
  return packages;
}

function must(holds, problem) {
  if (!holds) throw new Error(`release-check: ${problem}`);
}

function mustEqual(names, expected, what) {
  const [are, should] = [names, expected].map((list) => list.toSorted().join(' '));
  must(are === should, `the ${what} are ${are}; they should be ${should}`);
}

function checkTag(tag, version) {
  must(tag === `v${version}`, `the tag is ${tag}, the version ${version}`);
  const changes = readFileSync(join(root, 'CHANGELOG.md'), 'utf8');
  must(changes.includes(`\n## [${version}] - `), `CHANGELOG.md has no heading for ${version}`);
}

function checkRebuilt(system, packages) {
  const path = builtAddons()[system];
  must(path !== undefined, `no addon for ${system} was built here`);
  const released = packages.find(({ name }) => name === `@selectloop/${system}`);
  must(hashOf(path) === released.addonSha256, `the addon for ${system} that was built here has other bytes`);
}

function main() {
  const { values } = parseArgs({ options: { tag: { type: 'string' }, rebuilt: { type: 'string' } } });
  const packages = checkedRelease();
  if (values.tag !== undefined) checkTag(values.tag, packages[0].version);
  if (values.rebuilt !== undefined) checkRebuilt(values.rebuilt, packages);
  console.log(
    `release-check: ${packages.length} packages of version ${packages[0].version}, as they were packed`,
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    main();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
