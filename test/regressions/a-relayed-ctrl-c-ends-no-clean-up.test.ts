/**
 * A launcher relays the Ctrl-C that the terminal has sent. When it came after `run()` had thrown, in the
 * moment in which it counts as the same one, it killed the program that handled what was thrown.
 */
import { expect, test } from 'vitest';
import { type Program, startProgram } from '../support/run-program.ts';

async function interrupted(scene: string): Promise<Program> {
  const program = startProgram('test/regressions/programs/signals-at-the-end.ts', { args: [scene] });
  await program.waitForLine(/up/, 60_000);
  program.child.kill('SIGINT');
  await program.waitForLine(/KeyboardInterrupt/, 60_000);
  return program;
}

test('it is not seen when run() has ended', async () => {
  for (let attempt = 0; attempt < 20; attempt++) {
    const beginMs = performance.now();
    const program = await interrupted('relayed');
    program.child.kill('SIGINT');
    // On a machine that is busy it came too late to be the same one.
    const isRelayed = performance.now() - beginMs < 150;
    const code = await program.waitForExit(60_000);
    if (!isRelayed && code === 'SIGINT') continue;
    expect(code, program.stderr).toBe(7);
    expect(program.lines).toEqual(['up', 'KeyboardInterrupt', 'saved']);
    return;
  }
});

test('a later one does what it did before run()', async () => {
  const program = await interrupted('late');
  await program.waitForLine(/ready/, 60_000);
  program.child.kill('SIGINT');
  await program.waitForExit(60_000);
  expect(program.child.signalCode).toBe('SIGINT');
});

test('one that the program sends itself is none', async () => {
  const program = await interrupted('own');
  await program.waitForExit(60_000);
  expect(program.child.signalCode).toBe('SIGINT');
});
