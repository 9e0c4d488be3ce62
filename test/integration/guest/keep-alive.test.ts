/** Node stays exactly while a guest has work, and ends without it. */
import { describe, expect, it } from 'vitest';
import { startProgram } from '../../support/run-program.ts';

async function outcome(what: string): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const program = startProgram('test/integration/guest/programs/keep-alive.ts', { args: [what] });
  expect(await program.waitForExit(60_000)).toBe(0);
  return { stdout: program.stdout.trim(), stderr: program.stderr };
}

describe('a process with a guest', () => {
  it.each([
    ['a timer', 'stayed'],
    ['an unref timer', 'left'],
    ['a cancelled timer', 'left'],
    ['a task that sleeps', 'stayed'],
    ['a lookup of a name', 'stayed'],
    ['a call on a thread', 'stayed'],
    ['a call in a process', 'stayed'],
    ['a reader', 'stayed'],
    ['an unref reader', 'left'],
    ['a server that is closed by Node', 'stayed'],
    ['an unref server', 'left'],
    ['an unref attachment', 'left'],
    ['a wake handle', 'left'],
    ['a future that nobody completes', 'left'],
    ['a detached loop', 'left'],
  ])(
    '%s: %s',
    async (what, expected) => {
      const { stdout, stderr } = await outcome(what);
      expect(stdout).toBe(`${what}: ${expected}`);
      expect(stderr).toBe('');
    },
    60_000,
  );

  it('reports a failure that nobody looked at when it ends, without waiting for it', async () => {
    const { stdout, stderr } = await outcome('a failed task');
    expect(stdout).toBe('a failed task: left');
    expect(stderr).toContain('exception was never retrieved');
    expect(stderr).toContain('nobody looks at this');
  }, 60_000);
});
