/**
 * A Socket that a child is given becomes blocking for the system, for both. When no child came of it, it
 * stayed so, and the next call on it that had to wait stopped the loop for ever.
 */
import { expect, test } from 'vitest';
import { createSubprocessExec, type ProcessOptions } from '../../src/index.ts';
import { defaultKernel } from '../../src/kernel/default-kernel.ts';
import { kernelWith, pair, realLoop } from '../integration/loop/real-loop.ts';
import { failureOf } from '../support/failure-of.ts';

const mistakes: [name: string, program: string, options: ProcessOptions][] = [
  ['no such program', '/no/such/program', {}],
  ['an option that cannot be', 'true', { umask: -1 }],
  ['a later descriptor that cannot be', 'true', { stderr: -9 }],
];

test.each(mistakes)('%s', (_name, program, options) => {
  /** Descriptors that are blocking, as far as the loop's calls made them so. */
  const blocking = new Set<number>();
  const { fds } = defaultKernel();
  const setNonblocking = (fd: number, nonblocking: boolean): number => {
    if (nonblocking) blocking.delete(fd);
    else blocking.add(fd);
    return fds.setNonblocking(fd, nonblocking);
  };
  const { loop } = realLoop({ kernel: kernelWith({ fds: { ...fds, setNonblocking } }) });
  const [sock] = pair();
  loop.run(function* () {
    yield* failureOf(createSubprocessExec(program, [], { stdout: sock, ...options }));
  });
  expect([...blocking]).toEqual([]);
});
