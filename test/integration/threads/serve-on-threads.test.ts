/** One server on many threads. */
import { expect, test } from 'vitest';
import { startProgram } from '../../support/run-program.ts';

const path = 'test/integration/threads/programs/served.ts';
const isLinux = process.platform === 'linux';

const ways = [
  ['each has a socket, over which the kernel spreads them', 'reuseport', []],
  ['one accepts and passes them on in turn', 'acceptor', ['first thread 30']],
] as const;

test.each(ways.filter(([, sharing]) => isLinux || sharing === 'acceptor'))(
  'connections of threads: %s; a thread that dies is replaced',
  async (_how, sharing, more) => {
    const program = startProgram(path, { args: [sharing, 'death'] });
    expect(await program.waitForExit(60_000), program.stderr).toBe(0);
    expect(program.lines).toEqual([
      '<ThreadedServer 127.0.0.1:port threads=2/2>',
      'answered true threads several',
      ...more,
      expect.stringMatching(/^BrokenExecutorError: server thread \d ended with exit code 9$/),
      'again true',
      'end of stream 0',
      'ECONNREFUSED',
    ]);
  },
);
