/**
 * The switch: `SELECTLOOP_TEST_DRIVER=guest` runs the tests of a vitest run in guest mode. See `driver.ts`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vitest/config';

const folder = dirname(fileURLToPath(import.meta.url));
const root = join(folder, '..', '..', '..');

/** Compiles the addon that turns Node's loop. Returns its path. */
export function buildTurnNode(): string {
  const output = join(root, 'build', 'turn-node.node');
  const beside = join(dirname(dirname(process.execPath)), 'include', 'node');
  const headers = existsSync(beside) ? beside : '/usr/include/node';
  mkdirSync(dirname(output), { recursive: true });
  const flags = ['-shared', '-fPIC', '-O1', '-std=c++17', `-I${headers}`, '-o', output];
  const { status, stderr } = spawnSync('g++', [...flags, join(folder, 'turn-node.cc')], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`turn-node.cc does not compile: ${stderr}`);
  return output;
}

/** Has every test get `driver.ts` for the blocking driver, which itself gets the real one. */
export function guestModePlugin(): Plugin {
  return {
    name: 'selectloop-guest-mode',
    enforce: 'pre',
    resolveId(source, importer) {
      if (!source.endsWith('drivers/blocking.ts') || importer?.includes('guest-mode') === true) return null;
      return join(folder, 'driver.ts');
    },
  };
}
