/** Where the kernel has no close_range(2): a child has all the same no descriptor but those it shall have. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { startProgram } from '../../support/run-program.ts';

/** The launcher of without-close-range.c; `null` where it cannot be built, or a filter is not allowed. */
function build(): string | null {
  if (process.platform !== 'linux') return null;
  const folder = mkdtempSync(join(tmpdir(), 'selectloop-close-range-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'without-close-range');
  const source = fileURLToPath(new URL('./without-close-range.c', import.meta.url));
  if (spawnSync('cc', ['-o', path, source], { stdio: 'ignore' }).status !== 0) return null;
  return spawnSync(path, ['true']).status === 0 ? path : null;
}

const launcher = build();

test('descriptors are closed one by one', async ({ skip }) => {
  if (launcher === null) return skip('no C compiler, or no seccomp filters here');
  const program = startProgram('test/integration/subprocess/programs/descriptors.ts', { under: [launcher] });
  expect(await program.waitForExit(30_000), program.stderr).toBe(0);
  expect(program.lines).toEqual([
    'own 300,9',
    'child 0,1,2,3',
    'child 0,1,2,3,9',
    'child 0,1,2,3,300',
    'child 0,1,2,3,300,9',
  ]);
});
