/** What a run leaves behind, and tasks that do not move. */
import { describe, expect, test } from 'vitest';
import {
  type Coroutine,
  createTask,
  Event,
  EventLoop,
  type ExceptionContext,
  gather,
  getRunningLoop,
  Lock,
  Queue,
  run,
  runGuest,
  sleep,
  startServer,
  watchStuckTasks,
} from '../../../src/index.ts';
import { pair } from '../../integration/loop/real-loop.ts';
import { onTeardown } from '../../support/teardown.ts';
import { virtualLoop } from '../loop/virtual-loop.ts';

/** Options of a run that keeps its reports. */
function reporting(debug: boolean) {
  const reports: ExceptionContext[] = [];
  const loopFactory = (): EventLoop => {
    const loop = new EventLoop({ debug });
    loop.setExceptionHandler((_loop, context) => reports.push(context));
    return loop;
  };
  return { reports, options: { loopFactory } };
}

/** Leaves one of everything. */
function* leaky(): Coroutine<void> {
  const loop = getRunningLoop();
  createTask(new Event().wait(), { name: 'left' });
  createTask(new Event().wait(), { name: 'daemon', daemon: true });
  loop.callLater(60_000, function never() {});
  loop.callLater(60_000, function cancelled() {}).cancel();
  const [near, far] = pair();
  yield* loop.sockSendall(near, Buffer.from('x'));
  yield* loop.sockRecv(far, 10);
  near.close();
  onTeardown(() => far.close());
  const server = yield* startServer(function* () {}, { host: '127.0.0.1', port: 0 });
  onTeardown(() => server.close());
}

const expected = [
  expect.objectContaining({
    message: 'main returned before its task ended',
    sourceTraceback: expect.stringContaining('leaks.test.ts'),
  }),
  expect.objectContaining({ message: 'the run ended before a timer was due, or cancelled' }),
  expect.objectContaining({
    message: 'the run ended before a socket was closed',
    sourceTraceback: expect.stringContaining('leaks.test.ts'),
  }),
  expect.objectContaining({
    message: expect.stringMatching(/^the loop was closed before <Server/) as string,
    sourceTraceback: expect.stringContaining('leaks.test.ts'),
  }),
];

describe('coroutines that nobody has awaited', () => {
  function* forgetful(): Coroutine<void> {
    const lock = new Lock();
    const queue = new Queue<number>();
    for (let i = 0; i < 3; i++) queue.put(i);
    lock.acquire();
    sleep(0);
    sleep(10);
    // These are awaited: late, by a task, by somebody else.
    const late = sleep(1);
    const given = sleep(1);
    const waiter = createTask(
      function* () {
        yield* given;
      },
      { name: 'waiter' },
    );
    yield* gather([sleep(1), createTask(sleep(1))]);
    yield* late;
    yield* waiter;
  }
  const told = [
    ['put() of <Queue maxsize=0> was never awaited (3 times)', 'forgetful'],
    ['acquire() of <Lock [unlocked]> was never awaited', 'forgetful'],
    ['sleep(0) was never awaited', 'forgetful'],
    ['sleep(10) was never awaited', 'forgetful'],
  ];
  const heads = (reports: readonly ExceptionContext[]): string[][] =>
    reports.map(({ message, sourceTraceback }) => [
      message.split(':', 1)[0] ?? '',
      /at (\w+) \(.*leaks\.test\.ts:\d+/.exec(sourceTraceback?.split('\n', 1)[0] ?? '')?.[1] ?? '',
    ]);

  test('are told at the end of a run in debug mode, with the line that made them', () => {
    const { reports, options } = reporting(true);
    run(forgetful, options);
    expect(heads(reports)).toEqual(told);
  });

  test('in a guest, too', async () => {
    const { reports, options } = reporting(true);
    await runGuest(forgetful, options);
    expect(heads(reports)).toEqual(told);
  });

  test('and not without debug mode', () => {
    const { reports, options } = reporting(false);
    run(forgetful, options);
    expect(reports).toEqual([]);
  });

  test('many of them are told as one', () => {
    const { reports, options } = reporting(true);
    run(function* () {
      for (let i = 0; i < 1500; i++) sleep(5);
      yield* sleep(0);
    }, options);
    expect(reports.map(({ message }) => message)).toEqual([
      'sleep(5) was never awaited (100 times): it has done nothing. Write "yield* …", or make it a task',
    ]);
  });

  test('are told by their own loop', () => {
    const { reports, options } = reporting(true);
    const inner = reporting(true);
    run(function* () {
      sleep(7);
      yield* sleep(0);
    }, options);
    run(function* () {
      yield* sleep(0);
    }, inner.options);
    expect(reports).toHaveLength(1);
    expect(inner.reports).toEqual([]);
  });
});

describe('what a run leaves behind', () => {
  test('is told in debug mode, each with the line that made it', () => {
    const { reports, options } = reporting(true);
    run(leaky, options);
    expect(reports).toEqual(expected);
    expect(String(reports[0]?.task)).toContain('left');
    expect(String(reports[1]?.handle)).toMatch(/never\(\) created at .*leaks\.test\.ts/);
  });

  test('is told of a guest too', async () => {
    const { reports, options } = reporting(true);
    await runGuest(leaky, options);
    expect(reports).toEqual(expected);
  });

  test('is nobody’s business without debug mode, nor after main has failed', () => {
    const { reports, options } = reporting(false);
    run(leaky, options);
    expect(reports).toEqual([]);
    const failing = reporting(true);
    function* main(): Coroutine<void> {
      createTask(sleep(1000));
      yield* sleep(1);
      throw new Error('as expected');
    }
    expect(() => run(main, failing.options)).toThrow('as expected');
    expect(failing.reports).toEqual([]);
  });
});

describe('a task that does not move', () => {
  test('is reported once, with its stack, and again after it has moved', () => {
    const { loop, takeReports } = virtualLoop();
    const event = new Event();
    function* waits(): Coroutine<void> {
      yield* event.wait();
      yield* sleep(500);
    }
    function* moves(): Coroutine<void> {
      for (let i = 0; i < 150; i++) yield* sleep(10);
    }
    function* main(): Coroutine<void> {
      const stop = watchStuckTasks({ stuckAfterMs: 100, filter: (task) => task.getName() !== 'main' });
      loop.createTask(waits(), { name: 'waits' });
      const busy = loop.createTask(moves(), { name: 'moves' });
      yield* sleep(600);
      const [report, ...more] = takeReports().filter(({ message }) => message.includes("'waits'"));
      expect(more).toEqual([]);
      expect(report?.message).toMatch(
        /^Task 'waits' has not moved for 0\.\d s: it waits for wait\(\)[\s\S]*at waits \(.*leaks\.test\.ts/,
      );
      event.set();
      yield* sleep(300);
      expect(takeReports().map(({ message }) => message.split('\n')[0])).toEqual([
        expect.stringMatching(/^Task 'waits' has not moved .* sleep\(500\)$/),
      ]);
      stop();
      yield* busy;
      expect(takeReports()).toEqual([]);
    }
    loop.runUntilComplete(loop.createTask(main(), { name: 'main' }));
  });

  test('hides no deadlock', () => {
    const { reports, options } = reporting(false);
    function* main(): Coroutine<void> {
      watchStuckTasks({ stuckAfterMs: 10_000 });
      yield* new Event().wait();
    }
    expect(() => run(main, options)).toThrow(/Deadlock/);
    expect(reports).toEqual([]);
  });

  test('needs a time', () => {
    const { loop } = virtualLoop();
    expect(() => watchStuckTasks({ loop, stuckAfterMs: 0 })).toThrow(RangeError);
  });
});
