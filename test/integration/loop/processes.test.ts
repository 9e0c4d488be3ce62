/** What needs a process of its own: other threads, Ctrl-C, running out of descriptors. */
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { startProgram } from '../../support/run-program.ts';

const interrupted = (way: string) =>
  startProgram('test/integration/loop/programs/interrupted.ts', { args: [way] });

describe('a wake-up from a worker thread', () => {
  it('ends the wait, calls listeners once a wake, and is harmless when nobody listens any more', async () => {
    const program = startProgram('test/integration/loop/programs/woken-by-worker.ts');
    expect(await program.waitForExit()).toBe(0);
    expect(program.lines).toEqual(['seen 1 2 3', 'still 3', 'worker exit 0']);
    expect(program.stderr).toBe('');
  });
});

describe('Ctrl-C in run()', () => {
  it('cancels main, runs its finally blocks, throws KeyboardInterrupt, and gives SIGINT back', async () => {
    const program = interrupted('once');
    await program.waitForLine(/ready/);
    program.child.kill('SIGINT');
    expect(await program.waitForExit()).toBe(0);
    expect(program.lines).toEqual([
      'ready',
      'cancelled: true',
      'cleaning up',
      'cleaned up',
      'run threw KeyboardInterrupt',
      'exit code 130',
      'previous listener called',
    ]);
    expect(program.stderr).toBe('');
  });

  it('reaches a loop that never waits', async () => {
    const program = interrupted('busy');
    await program.waitForLine(/ready/);
    program.child.kill('SIGINT');
    await program.waitForExit();
    expect(program.lines.slice(0, 3)).toEqual(['ready', 'cleaned up', 'run threw KeyboardInterrupt']);
  });

  it('is no error when main handles its cancellation and returns', async () => {
    const program = interrupted('refuses');
    await program.waitForLine(/ready/);
    program.child.kill('SIGINT');
    await program.waitForExit();
    expect(program.lines).toContain('run returned refused');
  });

  it.each(['stuck in a computation', 'stuck in a wait'])(
    'a second one kills a program that is %s',
    async (way) => {
      const program = interrupted(way);
      await program.waitForLine(/ready/);
      program.child.kill('SIGINT');
      await program.waitForLine(/cleaning up/);
      // Sooner, it would be taken for the echo of the first, as wrappers relay it.
      await delay(500);
      program.child.kill('SIGINT');
      expect(await program.waitForExit()).toBe('SIGINT');
      expect(program.lines.at(-1)).toBe('cleaning up');
    },
  );
});

describe('out of descriptors', () => {
  it('a server pauses, says so once, sleeps meanwhile, and serves its client when there is room', async () => {
    const program = startProgram('test/integration/loop/programs/out-of-descriptors.ts', {
      under: ['sh', '-c', 'ulimit -n 200; exec "$@"', 'sh'],
    });
    expect(await program.waitForExit()).toBe(0);
    expect(program.lines).toEqual([
      'filled up: EMFILE',
      'accepted after the pause, reports: EMFILE',
      'slept meanwhile',
      'got served',
    ]);
    expect(program.stderr).toBe('');
  });
});
