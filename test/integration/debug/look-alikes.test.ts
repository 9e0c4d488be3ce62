/** Programs that look as if they hang run to their end: a false alarm is worse than none. */
import { isMainThread } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import {
  type Coroutine,
  createSubprocessExec,
  DEVNULL,
  getRunningLoop,
  PIPE,
  timeout,
} from '../../../src/index.ts';
import { socketpair } from '../../../src/socket.ts';
import { wokenFromOutside } from './look-alikes-outside.ts';
import { wokenByTasks } from './look-alikes-tasks.ts';
import { runProgram } from './programs.ts';

// Signals are the main thread's.
const lookAlikes = [...wokenFromOutside, ...wokenByTasks].filter(
  ({ name }) => isMainThread || !name.includes('signal'),
);

describe('a program that only looks as if it hangs runs to its end', () => {
  it.each(lookAlikes)('$name', ({ main, result }) => {
    expect(runProgram(main)).toEqual({ value: result, reports: [] });
  });

  it('there are 25 at least', () => {
    expect(lookAlikes.length).toBeGreaterThanOrEqual(25);
  });
});

describe('what hangs, and cannot be proven to, is not told', () => {
  const limited = (main: () => Coroutine<unknown>) => () => timeout(200, main);

  it('both ends of a socket pair read: others may have a descriptor of the same sockets', () => {
    const [a, b] = socketpair();
    const both = limited(function* () {
      const loop = getRunningLoop();
      loop.createTask(function* () {
        yield* loop.sockRecv(b, 1);
      });
      yield* loop.sockRecv(a, 1);
    });
    expect(() => runProgram(both)).toThrow('timeout');
    a.close();
    b.close();
  });

  it('a process waits for its stdin, and we for its end: it may end by itself', () => {
    const main = limited(function* () {
      using child = yield* createSubprocessExec('cat', [], { stdin: PIPE, stdout: DEVNULL });
      yield* child.wait();
    });
    expect(() => runProgram(main)).toThrow('timeout');
  });
});
