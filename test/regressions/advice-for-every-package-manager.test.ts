/**
 * Where install scripts are blocked, the error of a missing addon told users of pnpm, yarn and Bun to run
 * npm; and what a failed build had said was in a log that nobody saw.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { lastBuildFailure, scriptAdvice } from '../../src/kernel/addon-advice.ts';
import { onTeardown } from '../support/teardown.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

describe('what each package manager needs, in package.json and on the command line', () => {
  test.each([
    ['npm', '"allowScripts": { "selectloop": true }', 'npm rebuild selectloop'],
    ['pnpm', '"pnpm": { "onlyBuiltDependencies": ["selectloop"] }', 'pnpm rebuild selectloop'],
    ['yarn', '"dependenciesMeta": { "selectloop": { "built": true } }', 'yarn rebuild selectloop'],
    ['Bun', '"trustedDependencies": ["selectloop"]', 'bun install'],
  ])('%s', (name, setting, command) => {
    const lines = scriptAdvice('selectloop');
    const begin = lines.findIndex((line) => line.startsWith(`  ${name}:`));
    expect(lines[begin]).toContain(setting);
    // The part in quotes is JSON that can be pasted into package.json.
    expect(() => JSON.parse(`{ ${setting} }`) as unknown).not.toThrow();
    expect(lines.slice(begin, begin + 3).join('\n')).toContain(command);
  });

  test('pnpm has its setting elsewhere from version 11 on', () => {
    expect(scriptAdvice('selectloop').join('\n')).toContain('pnpm-workspace.yaml');
    expect(scriptAdvice('selectloop').join('\n')).toContain('pnpm approve-builds');
  });
});

/** A folder with the install script, in which a build cannot succeed. */
function brokenPackage(): string {
  const folder = mkdtempSync(join(tmpdir(), 'selectloop broken '));
  onTeardown(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'scripts'));
  cpSync(join(root, 'scripts/install.mjs'), join(folder, 'scripts/install.mjs'));
  return folder;
}

function install(folder: string, env: NodeJS.ProcessEnv) {
  const script = join(folder, 'scripts/install.mjs');
  return spawnSync(process.execPath, [script], { encoding: 'utf8', env: { ...process.env, ...env } });
}

describe('a build that failed', () => {
  test('leaves its reason for the loader: tools that are missing', () => {
    const folder = brokenPackage();
    const ended = install(folder, { PATH: '/nowhere', CXX: '' });
    expect(ended.status).toBe(1);
    const lines = lastBuildFailure(join(folder, 'build/failure.txt'));
    expect(lines[0]).toBe('The last build here failed:');
    expect(lines.join('\n')).toMatch(/needs a C\+\+ compiler .*apt-get install/s);
  });

  test('leaves its reason for the loader: what the build said, and what it takes', () => {
    const folder = brokenPackage();
    writeFileSync(
      join(folder, 'node-gyp.mjs'),
      "console.error('../native/a.cc:1:2: error: no such thing'); process.exit(2);",
    );
    const ended = install(folder, { npm_config_node_gyp: join(folder, 'node-gyp.mjs') });
    expect(ended.status).toBe(1);
    // Shown as it came, and once more at the end with the advice.
    expect(ended.stderr.match(/error: no such thing/g)).toHaveLength(2);
    const told = readFileSync(join(folder, 'build/failure.txt'), 'utf8');
    expect(told).toMatch(/exit code 2.*error: no such thing.*C\+\+17/s);
    expect(ended.stderr).toContain(told);
  });

  test('is forgotten when there is none', () => {
    expect(lastBuildFailure(join(brokenPackage(), 'build/failure.txt'))).toEqual([]);
  });
});
