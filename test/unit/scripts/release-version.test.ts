/** What makes the changes under "Unreleased" a version. */

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { onTeardown } from '../../support/teardown.ts';

const script = fileURLToPath(new URL('../../../scripts/release-version.mjs', import.meta.url));

const BEFORE = '# Changelog\n\n## [Unreleased]\n\n- A change.\n\n## [0.9.0] - 2026-01-01\n\n- The first.\n';

/** Runs the script in a checkout of its own. */
function release(version: string, changelog = BEFORE) {
  const folder = mkdtempSync(join(tmpdir(), 'selectloop-version-'));
  onTeardown(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'scripts'));
  cpSync(script, join(folder, 'scripts/release-version.mjs'));
  writeFileSync(join(folder, 'CHANGELOG.md'), changelog);
  writeFileSync(join(folder, 'package.json'), '{ "version": "0.9.0" }');
  writeFileSync(
    join(folder, 'package-lock.json'),
    '{ "version": "0.9.0", "packages": { "": { "version": "0.9.0" } } }',
  );
  const { status, stderr } = spawnSync(
    process.execPath,
    [join(folder, 'scripts/release-version.mjs'), version],
    { encoding: 'utf8' },
  );
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
  return { status, stderr, changelog: read('CHANGELOG.md'), lock: read('package-lock.json') };
}

describe('npm run release:version', () => {
  test.each(['0.10.0', '0.9.1', '1.0.0-rc.1'])('0.9.0 becomes %s', (version) => {
    const { status, changelog, lock } = release(version);
    expect(status).toBe(0);
    expect(changelog).toMatch(
      new RegExp(`## \\[Unreleased\\]\\n\\n## \\[${version}\\] - \\d{4}-\\d\\d-\\d\\d\\n\\n- A change\\.`),
    );
    expect(JSON.parse(lock)).toEqual({ version, packages: { '': { version } } });
  });

  test.each([
    ['0.9.0', 'does not come after 0.9.0'],
    ['0.8.12', 'does not come after 0.9.0'],
    ['0.9.0-rc.1', 'does not come after 0.9.0'],
    ['next', 'Say which version'],
  ])('%s is refused, and nothing is written', (version, words) => {
    const { status, stderr, changelog } = release(version);
    expect([status, changelog]).toEqual([1, BEFORE]);
    expect(stderr).toContain(words);
  });

  test.each(['0.9.0', '0.9.0-rc.10'])('0.9.0-rc.9 becomes %s', (version) => {
    expect(release(version, BEFORE.replace('[0.9.0]', '[0.9.0-rc.9]')).status).toBe(0);
  });

  test('a release without a change is refused', () => {
    const { status, stderr } = release('1.0.0', BEFORE.replace('- A change.\n', ''));
    expect([status, stderr]).toEqual([1, 'CHANGELOG.md tells no change under "Unreleased".\n']);
  });
});
