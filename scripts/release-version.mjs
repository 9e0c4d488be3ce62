/**
 * Makes the changes under "Unreleased" a version: its heading and date in CHANGELOG.md, its number in
 * package.json and package-lock.json. What is then committed and tagged `v<version>` is what the release
 * workflow publishes.
 *
 *   npm run release:version -- 0.2.0
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The changelog with `version` in it. Throws where there is nothing to release. */
function releasedChangelog(text, version, date) {
  const heading = '## [Unreleased]\n';
  const start = text.indexOf(heading);
  if (start < 0) throw new Error('CHANGELOG.md has no "## [Unreleased]".');
  const after = start + heading.length;
  const next = text.indexOf('\n## [', after);
  const changes = text.slice(after, next < 0 ? undefined : next).trim();
  if (!changes.includes('- ')) throw new Error('CHANGELOG.md tells no change under "Unreleased".');
  return `${text.slice(0, after)}\n## [${version}] - ${date}\n${text.slice(after)}`;
}

/** Whether version `a` comes after `b`; a prerelease comes before its version. */
function isAfter(a, b) {
  const parts = (version) => version.split('-', 1)[0].split('.').map(Number);
  const [left, right] = [parts(a), parts(b)];
  const differing = left.findIndex((number, i) => number !== right[i]);
  if (differing >= 0) return left[differing] > right[differing];
  const [before, after] = [a, b].map((version) => version.split('-')[1]);
  if (before === undefined || after === undefined) return before === undefined && after !== undefined;
  return before.localeCompare(after, 'en', { numeric: true }) > 0;
}

/** The version that the changelog told of last, or undefined before the first. */
function lastReleased(text) {
  return /^## \[(\d[^\]]*)\]/m.exec(text)?.[1];
}

function edit(name, change) {
  const path = join(root, name);
  writeFileSync(path, change(readFileSync(path, 'utf8')));
}

function main(version) {
  if (!/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version ?? ''))
    throw new Error('Say which version: npm run release:version -- 0.2.0');
  const last = lastReleased(readFileSync(join(root, 'CHANGELOG.md'), 'utf8'));
  if (last !== undefined && !isAfter(version, last))
    throw new Error(`${version} does not come after ${last}, the last version in CHANGELOG.md.`);
  edit('CHANGELOG.md', (text) => releasedChangelog(text, version, new Date().toISOString().slice(0, 10)));
  const numbered = (text) => {
    const manifest = JSON.parse(text);
    manifest.version = version;
    if (manifest.packages !== undefined) manifest.packages[''].version = version;
    return `${JSON.stringify(manifest, undefined, 2)}\n`;
  };
  for (const name of ['package.json', 'package-lock.json']) edit(name, numbered);
  console.log(`Now: git commit --all --message 'release: ${version}' && git tag v${version}`);
}

try {
  main(process.argv[2]);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
