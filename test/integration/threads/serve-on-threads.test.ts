/** One server on many threads. */
import { expect, test } from 'vitest';
import { startProgram } from '../../support/run-program.ts';

const path = 'test/integration/threads/programs/served.ts';

test.runIf(process.platform === 'linux')(
  'each thread has a socket, and a thread that dies is replaced',
  async () => {
    const program = startProgram(path, { args: ['reuseport', 'death'] });
    expect(await program.waitForExit(60_000), program.stderr).toBe(0);
    expect(program.lines).toEqual([
      '<ThreadedServer 127.0.0.1:port threads=2/2>',
      'answered true threads several',
      expect.stringMatching(/^BrokenExecutorError: server thread \d ended with exit code 9$/),
      'again true',
      'end of stream 0',
      'ECONNREFUSED',
    ]);
  },
);

test('all threads accept from one socket', async () => {
  const program = startProgram(path, { args: ['listener', 'end'] });
  expect(await program.waitForExit(60_000), program.stderr).toBe(0);
  expect(program.lines[1]).toMatch(/^answered true/);
  expect(program.lines.slice(2)).toEqual(['end of stream 0', 'ECONNREFUSED']);
});
