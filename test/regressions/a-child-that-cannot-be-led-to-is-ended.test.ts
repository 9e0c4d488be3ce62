/**
 * Where descriptors ran out between the start of a child and the duplicates of its terminal, the child ran
 * on, with nobody to hear of its end, and its pipes stayed open.
 */
import { expect, test } from 'vitest';
import { getRunningLoop, SubprocessProtocol } from '../../src/index.ts';
import { defaultKernel } from '../../src/kernel/default-kernel.ts';
import { EMFILE } from '../../src/kernel/errno.ts';
import { kernelWith, realLoop } from '../integration/loop/real-loop.ts';
import { isRunning } from '../integration/subprocess/process-loop.ts';
import { failOnFdLeaks } from '../support/fd-leaks.ts';

failOnFdLeaks();

test.each([1, 2])('no descriptor for duplicate %i of its terminal', (failing) => {
  const real = defaultKernel();
  const pids: number[] = [];
  let dupCount = 0;
  const kernel = kernelWith({
    fds: { ...real.fds, dup: (fd) => (++dupCount === failing ? -EMFILE : real.fds.dup(fd)) },
    processes: {
      ...real.processes,
      spawn: (...request) => {
        const pid = real.processes.spawn(...request);
        pids.push(pid);
        return pid;
      },
    },
  });
  const { loop } = realLoop({ kernel });
  const start = loop.run.bind(loop, function* () {
    const options = { pty: { rows: 24, columns: 80 } };
    yield* getRunningLoop().subprocessExec(
      () => new (class extends SubprocessProtocol {})(),
      'cat',
      [],
      options,
    );
  });
  expect(start).toThrow(expect.objectContaining({ code: 'EMFILE', syscall: 'dup' }));
  expect(pids.map(isRunning)).toEqual([false]);
});
