/** Many processes, beside Node's own, in workers, and while the main thread blocks. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { createSubprocessExec, gather, PIPE, runProcess, Semaphore } from '../../../src/index.ts';
import { startProgram } from '../../support/run-program.ts';
import { sized } from '../../support/size.ts';
import { descriptorCount, isRunning, plainEnvironment, runHere } from './process-loop.ts';

const AT_ONCE = sized(150, 500);

test('hundreds under a semaphore, with a flat descriptor count', { timeout: 90_000 }, () => {
  runHere(function* () {
    const before = descriptorCount();
    const counts: number[] = [];
    let running = 0;
    let most = 0;
    const limit = new Semaphore(AT_ONCE);
    const one = (number: number) =>
      limit.with(function* () {
        running++;
        most = Math.max(most, running);
        const child = yield* createSubprocessExec('sh', ['-c', `read x; echo ${number}`], {
          stdin: PIPE,
          stdout: PIPE,
        });
        if (running === AT_ONCE) counts.push(descriptorCount());
        const [output] = yield* child.communicate('\n');
        running--;
        expect(String(output)).toBe(`${number}\n`);
      });
    yield* gather(Array.from({ length: 2 * AT_ONCE }, (_, number) => one(number)));
    expect(most).toBe(AT_ONCE);
    // Two pipes and the end of each; not more the longer it goes on.
    for (const count of counts) expect(count).toBeLessThanOrEqual(before + 3 * AT_ONCE + 5);
    expect(descriptorCount()).toBe(before);
  });
});

test("Node's own children beside ours, in either order: each is told of its own", async () => {
  const early = spawn('sh', ['-c', 'sleep 0.1; exit 11'], { env: plainEnvironment });
  const earlyExit = once(early, 'exit');
  const late: Promise<unknown[]>[] = [];
  runHere(function* () {
    const ours = yield* createSubprocessExec('sh', ['-c', 'sleep 0.2; exit 12']);
    late.push(once(spawn('sh', ['-c', 'exit 13'], { env: plainEnvironment }), 'exit'));
    expect(yield* ours.wait()).toBe(12);
    const { returncode } = yield* runProcess(['sh', '-c', 'exit 14'], { check: false });
    expect(returncode).toBe(14);
  });
  expect(await earlyExit).toEqual([11, null]);
  expect(await late[0]).toEqual([13, null]);
  runHere(function* () {
    expect((yield* runProcess('exit 15', { check: false })).returncode).toBe(15);
  });
  expect(await once(spawn('sh', ['-c', 'exit 16'], { env: plainEnvironment }), 'exit')).toEqual([16, null]);
});

test("in a worker's loop, while the main thread blocks", async () => {
  const program = startProgram('test/integration/subprocess/programs/in-worker.ts');
  expect(await program.waitForExit(30_000), program.stderr).toBe(0);
  expect(program.lines).toEqual(['main blocks', 'worker: 7 from the worker', 'main: 8 from main']);
});

test.each(['exit', 'ctrl-c'])('%s leaves no child behind', async (how) => {
  const program = startProgram('test/integration/subprocess/programs/exits.ts', { args: [how] });
  if (how === 'ctrl-c') {
    await vi.waitFor(() => expect(program.lines.length).toBe(2), { timeout: 10_000, interval: 10 });
    program.child.kill('SIGINT');
  }
  expect(await program.waitForExit(30_000), program.stderr).toBe(how === 'exit' ? 3 : 1);
  const pids = program.lines.map(Number);
  for (const pid of pids) expect(pid).toBeGreaterThan(0);
  const deadlineMs = performance.now() + 5000;
  while (pids.some(isRunning) && performance.now() < deadlineMs) await delay(10);
  expect(pids.filter(isRunning)).toEqual([]);
});
