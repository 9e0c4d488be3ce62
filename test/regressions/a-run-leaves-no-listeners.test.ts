/** With SELECTLOOP_INSPECT=signal each loop left a listener of the process's end: Node warned at the 11th. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startProgram } from '../support/run-program.ts';

test('a loop that is closed has no listeners left', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'selectloop-inspect-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const env = { SELECTLOOP_INSPECT: 'signal', XDG_RUNTIME_DIR: folder };
  const program = startProgram('test/regressions/programs/runs-again.ts', { env });
  expect(await program.waitForExit(60_000), program.stderr).toBe(0);
  expect(program.lines).toEqual(['0']);
});
