/**
 * The terminal program beside busy threads: examples/terminal/mandelbrot.ts, with the arithmetic of
 * examples/terminal/mandelbrot-work.ts.
 */
import { expect, test } from 'vitest';
import { escapeTimes } from '../../../examples/terminal/mandelbrot-work.ts';
import { runGuest } from '../../../src/index.ts';
import { startProgram } from '../../support/run-program.ts';
import { TerminalProgram } from './terminal-program.ts';

const PATH = 'examples/terminal/mandelbrot.ts';
const SIZE = { rows: 12, columns: 60 };

test('escape times: inside, at once, and after some steps', () => {
  // The points -2, -1, 0, 1 and 2.
  const times = escapeTimes({ x: -2, y: 0, step: 1, columns: 5, rows: 1 }, 100);
  expect([...times]).toEqual([0, 0, 0, 3, 2]);
});

test('the picture, moved, zoomed and resized', async () => {
  await runGuest(function* () {
    const program = yield* TerminalProgram.start(PATH, ['--threads', '2', '--iterations', '500'], SIZE);
    const status = (pattern: RegExp) =>
      program.until((screen) => pattern.test(screen.at(-1) ?? ''), String(pattern));
    yield* status(/^✓ 11\/11 rows, -0\.6000 0\.0000, zoom 1\.0/);
    expect(program.screen.slice(0, 11).every((row) => row === '▀'.repeat(60))).toBe(true);
    // Black inside, blue outside.
    expect([program.colourAt(5, 30), program.colourAt(0, 0)]).toEqual([16, 17]);
    yield* program.type('+\x1b[C');
    yield* status(/^✓ 11\/11 rows, -0\.2667 0\.0000, zoom 1\.5/);
    program.resize({ rows: 8, columns: 40 });
    yield* status(/^✓ 7\/7 rows, -0\.2667/);
    yield* program.type('q');
    expect(yield* program.child.wait()).toBe(0);
    yield* program.until((screen) => screen[0] === 'RESTORED', 'the screen as it was');
  });
});

test('threads that are busy for minutes hold up neither keys nor the end', async () => {
  await runGuest(function* () {
    const args = ['--threads', '1', '--iterations', '4000000000'];
    const program = yield* TerminalProgram.start(PATH, args, SIZE);
    const shows = (pattern: RegExp) =>
      program.until((screen) => pattern.test(screen.at(-1) ?? ''), String(pattern));
    yield* shows(/^⠋ 0\/11 rows, .* zoom 1\.0/);
    yield* shows(/^⠹ 0\/11 rows, .* zoom 1\.0/);
    yield* program.type('+');
    yield* shows(/ 0\/11 rows, .* zoom 1\.5/);
    yield* program.type('\x03');
    expect(yield* program.child.wait()).toBe(130);
    yield* program.until((screen) => screen[0] === 'RESTORED', 'the screen as it was');
  });
});

test('no terminal: one line', async () => {
  const program = startProgram(PATH);
  expect(await program.waitForExit()).toBe(1);
  expect(program.stderr).toBe('mandelbrot: needs a terminal to draw on\n');
});
