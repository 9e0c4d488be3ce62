/**
 * `selectloop trace` that was left by Ctrl-C went on tracing in the program for as long as had been asked
 * for. And a command that came when the program had no descriptor left had it use the whole processor.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startProgram } from '../support/run-program.ts';

test('a trace that nobody waits for ends; accepting that fails pauses', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'selectloop-inspect-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const program = startProgram('test/regressions/programs/inspected-and-left.ts', {
    env: { XDG_RUNTIME_DIR: folder },
    under: ['sh', '-c', 'ulimit -n 60; exec "$@"', 'sh'],
  });
  expect(await program.waitForExit(60_000), program.stderr).toBe(0);
  expect(program.lines).toEqual(['tracing 1', 'left 0', 'spins false', 'answers {"value":{']);
});
