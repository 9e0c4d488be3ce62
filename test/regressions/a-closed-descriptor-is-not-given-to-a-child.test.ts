/**
 * A pipe of ours got the number of a descriptor that was closed and that a child was to be given. The child
 * kept it open, and the thread slept until the child had ended.
 */
import { closeSync, openSync } from 'node:fs';
import { expect, test } from 'vitest';
import { OSError, type ProcessOptions, runProcess } from '../../src/index.ts';
import { runHere } from '../integration/subprocess/process-loop.ts';
import { failureOf } from '../support/failure-of.ts';

const gifts: [how: string, options: (fd: number) => ProcessOptions][] = [
  ['passFds', (fd) => ({ passFds: [fd] })],
  ['stdout', (fd) => ({ stdout: fd })],
];

test.each(gifts)('%s', (_how, options) => {
  runHere(function* () {
    // Opens what is opened once.
    yield* runProcess(['true']);
    // The numbers that are handed out next: one of them would be that of the pipe.
    const closed = [0, 1, 2, 3].map(() => openSync('/dev/null', 'r'));
    for (const fd of closed) closeSync(fd);
    for (const fd of closed) {
      const error = yield* failureOf(runProcess(['true'], options(fd)));
      expect(error).toBeInstanceOf(OSError);
      expect(error.code).toBe('EBADF');
    }
  });
});
