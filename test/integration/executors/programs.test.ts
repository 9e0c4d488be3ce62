/** Pools in programs of their own: TypeScript workers, calls into the loop, and every way to end. */
import { describe, expect, test, vi } from 'vitest';
import { type Program, startProgram } from '../../support/run-program.ts';
import { isRunning } from '../subprocess/process-loop.ts';

const folder = 'test/integration/executors/programs';

const answers = [
  '5',
  'hello user 1',
  'hello user 2',
  '60 ms, 5 ms',
  'wait() in the loop timed out after 10 ms; then 200 ms',
  'KeyError: runCoroutineThreadsafe: the loop offers no function called nothing. Offered by loop.offerCalls(): lookUp, wait, refuse.',
  'RangeError: not this one',
  'TypeError: ThreadsafeCall.result: timeoutMs must be a number of milliseconds or null, got NaN',
  'KeyError',
];

test('threads load TypeScript as the program does, and call functions of the loop', async () => {
  const program = startProgram(`${folder}/calls-back.ts`, { args: ['threads'], throughTsx: 'program' });
  expect(await program.waitForExit(60_000)).toBe(0);
  expect(program.lines).toEqual(answers);
});

test('processes do too', async () => {
  const program = startProgram(`${folder}/calls-back.ts`, { args: ['processes'], throughTsx: 'program' });
  expect(await program.waitForExit(60_000), program.stderr).toBe(0);
  // A process cannot limit its wait.
  expect(program.lines).toEqual(answers.filter((line) => !line.startsWith('wait()')));
});

/**
 * None of the processes that the program named is left. They may take a moment to be gone after their parent.
 */
async function expectNoWorkerLeft(program: Program, kind: string): Promise<void> {
  const line = program.lines.find((each) => each.startsWith('workers')) ?? '';
  const pids = line.split(' ').slice(1).map(Number);
  expect(new Set(pids).size).toBe(kind === 'processes' ? 2 : 0);
  await vi.waitFor(() => expect(pids.filter(isRunning)).toEqual([]), { timeout: 5000, interval: 10 });
}

describe.each(['threads', 'processes'])('%s that compute', (kind) => {
  test('do not outlive the end of run()', async () => {
    const program = startProgram(`${folder}/ends.ts`, { args: ['return', kind] });
    expect(await program.waitForExit(60_000)).toBe(0);
    expect(program.lines).toContain('a worker says this while the main thread is blocked');
    expect(program.lines.at(-1)).toBe('after run()');
    await expectNoWorkerLeft(program, kind);
  });

  test('do not delay process.exit()', async () => {
    const program = startProgram(`${folder}/ends.ts`, { args: ['exit', kind] });
    expect(await program.waitForExit(60_000)).toBe(7);
    expect(program.lines.at(-1)).toBe('computing');
    await expectNoWorkerLeft(program, kind);
  });

  test('end with the run that Ctrl-C ends', async () => {
    const program = startProgram(`${folder}/ends.ts`, { args: ['ctrl-c', kind] });
    await program.waitForLine(/computing/, 60_000);
    program.child.kill('SIGINT');
    expect(await program.waitForExit(60_000)).toBe(1);
    expect(program.stderr).toContain('KeyboardInterrupt');
    await expectNoWorkerLeft(program, kind);
  });
});
