/**
 * Launchers relay Ctrl-C, libraries add and remove listeners, Node wants SIGCHLD: each of them took a signal
 * from the loop, or lost its own to it, in silence. And the first Ctrl-C killed a run that was ending what
 * was left.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type Program, startProgram } from '../support/run-program.ts';

const PATH = 'test/integration/loop/programs/signals-of-others.ts';
/** A process of its own PID namespace is PID 1 there. Not everybody may make one. */
const AS_PID_1 = ['unshare', '-Urpf', '--kill-child', '--mount-proc'];
const mayUnshare =
  process.platform === 'linux' &&
  spawnSync(AS_PID_1[0] as string, [...AS_PID_1.slice(1), 'true']).status === 0;

function start(way: string, under: readonly string[] = []): Program {
  return startProgram(PATH, { args: [way], under });
}

describe('Ctrl-C', () => {
  test('that a launcher relays within milliseconds is one; main cleans up, and stderr says so', async () => {
    const program = start('main');
    await program.waitForLine(/^up$/);
    program.child.kill('SIGINT');
    await delay(20);
    program.child.kill('SIGINT');
    expect(await program.waitForExit(10_000)).toBe(130);
    expect(program.lines).toEqual(['up', 'cleaning', 'cleaned']);
    expect(program.stderr).toContain('counts as one');
  });

  test('while run() ends what is left does not kill', async () => {
    const program = start('left over');
    await program.waitForLine(/^cleaning$/);
    program.child.kill('SIGINT');
    expect(await program.waitForExit(10_000)).toBe(130);
    expect(program.lines).toEqual(['up', 'cleaning', 'cleaned']);
  });

  test('again after a moment ends the process', async () => {
    const program = start('stuck');
    await program.waitForLine(/^up$/);
    program.child.kill('SIGINT');
    await delay(500);
    program.child.kill('SIGINT');
    expect(await program.waitForExit(10_000)).toBe('SIGINT');
    expect(program.stderr).toContain('second Ctrl-C');
  });

  test.runIf(mayUnshare)('again after a moment ends the process also as PID 1', async () => {
    const program = start('stuck', AS_PID_1);
    await program.waitForLine(/^up$/);
    const { pid } = program.child;
    const inside = Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8'));
    process.kill(inside, 'SIGINT');
    await program.waitForLine(/^cleaning$/);
    await delay(500);
    process.kill(inside, 'SIGINT');
    expect(await program.waitForExit(15_000)).toBe(130);
    expect(program.stderr).toContain('second Ctrl-C');
  });
});

describe('a signal that Node wants, too,', () => {
  const expected: Readonly<Record<string, readonly string[]>> = {
    'child before': ['handler called: true', 'exit event: SIGKILL'],
    'child inside': ['handler called: true', 'exit event: SIGKILL'],
    'listener before': ['handler called: true', 'listener of Node'],
    'listener inside': ['handler called: true', 'listener of Node'],
    'listener removed inside': ['handler called: true'],
  };
  for (const [way, lines] of Object.entries(expected)) {
    test(`reaches both: ${way}`, async () => {
      const program = start(way);
      expect(await program.waitForExit(10_000)).toBe(0);
      expect(program.lines).toEqual(lines);
    });
  }
});
