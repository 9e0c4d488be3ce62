/** The examples that run other programs. */

import { expect, test } from 'vitest';
import { startProgram } from '../../support/run-program.ts';

test('run-many: a few at a time, lines as they come, a limit on each', async () => {
  const commands = ['echo one; sleep 0.3; echo two', 'exit 3', 'echo late; sleep 60', 'cat; echo last >&2'];
  const program = startProgram('examples/processes/run-many.ts', {
    args: commands,
    env: { LIMIT: '2', TIMEOUT_MS: '2000' },
  });
  // The first line of the first command is there long before its second.
  await program.waitForLine(/^\[1\] \| one$/);
  expect(program.lines).not.toContain('[1] | two');
  expect(await program.waitForExit(30_000), program.stderr).toBe(2);
  const { lines } = program;
  expect(lines.slice(0, 2)).toEqual([`[1] $ ${commands[0]}`, `[2] $ ${commands[1]}`]);
  for (const line of ['[1] | two', '[1] ended with 0', '[2] ended with 3', '[3] | late']) {
    expect(lines).toContain(line);
  }
  expect(lines).toContain('[3] took more than 2000 ms');
  expect(lines.filter((line) => line.startsWith('[4] '))).toEqual([
    `[4] $ ${commands[3]}`,
    '[4] | last',
    '[4] ended with 0',
  ]);
  // Two at a time: the third begins when one of the first two has ended.
  expect(lines.indexOf(`[3] $ ${commands[2]}`)).toBeGreaterThan(lines.indexOf('[2] ended with 3'));
});

test('run-many: a line that is too long ends its own command', async () => {
  const commands = ['head -c 100000 /dev/zero | tr "\\\\0" x; echo', 'sleep 0.5; echo other'];
  const program = startProgram('examples/processes/run-many.ts', { args: commands });
  expect(await program.waitForExit(30_000), program.stderr).toBe(1);
  expect(program.lines).toContain('[1] wrote a line that is too long');
  expect(program.lines).toContain('[2] ended with 0');
});

test('drive-terminal: prompts, answers, a new size', async () => {
  const program = startProgram('examples/processes/drive-terminal.ts', { args: ['6 * 7', '"a" * 3'] });
  expect(await program.waitForExit(30_000), program.stderr).toBe(0);
  expect(program.lines).toEqual([
    '6 * 7 = 42',
    '"a" * 3 = \'aaa\'',
    'terminal: 80 columns',
    'terminal: 132 columns',
    'python3 ended with 0',
  ]);
});
