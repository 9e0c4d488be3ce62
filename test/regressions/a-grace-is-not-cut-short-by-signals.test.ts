/**
 * A loop that closes gives a child that is asked to end the rest of its grace. The wait for it was over as
 * soon as any signal came, such as SIGCHLD for a child of node:child_process, and the child was killed too
 * early.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createSubprocessShell, PIPE, type StreamReader } from '../../src/index.ts';
import { runHere, untilKilled } from '../integration/subprocess/process-loop.ts';
import { onTeardown } from '../support/releases.ts';

test('a child has its grace while children of Node end', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'selectloop-grace-'));
  onTeardown(() => rmSync(folder, { recursive: true, force: true }));
  const said = join(folder, 'said');
  const others: Promise<unknown>[] = [];
  runHere(function* () {
    const script = untilKilled(`trap "sleep 1; echo goodbye > ${said}; exit 0" TERM;`);
    using child = yield* createSubprocessShell(script, { stdout: PIPE });
    yield* (child.stdout as StreamReader).readLine();
    for (const seconds of ['0.2', '0.4']) others.push(once(spawn('sleep', [seconds]), 'exit'));
  });
  expect(readFileSync(said, 'utf8')).toBe('goodbye\n');
  await Promise.all(others);
});
