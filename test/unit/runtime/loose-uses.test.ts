/** Natural wrong and loose uses: they work, or an error names what was called, and the remedy. */
import { describe, expect, test } from 'vitest';
import {
  asCompleted,
  type Coroutine,
  createTask,
  EventLoop,
  ensureFuture,
  failAfter,
  gather,
  moveOnAfter,
  Runner,
  run,
  runGuest,
  runMain,
  StreamReader,
  shield,
  shielded,
  sleep,
  stdin,
  type TaskGroup,
  taskGroup,
  timeout,
  toThread,
  waitFor,
} from '../../../src/index.ts';

function* one(): Coroutine<number> {
  yield* sleep(0);
  return 1;
}

async function later(): Promise<number> {
  return 1;
}

function* needs(value: number): Coroutine<number> {
  yield* sleep(0);
  return value;
}

/** What a wrong call says; arguments are passed as if there were no types. */
function refusal(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was refused');
}

/** The same inside of a coroutine; what the call returns is awaited. */
function refusalInside(call: () => unknown): string {
  return refusal(() =>
    run(function* () {
      yield* call() as Coroutine<unknown>;
    }),
  );
}

const wrong = (value: unknown): never => value as never;

describe('what makes tasks or futures at once is called as code of the loop', () => {
  test('run', () => {
    expect(run(() => gather([one(), one()]))).toEqual([1, 1]);
    expect(run(() => createTask(one))).toBe(1);
    expect(run(() => ensureFuture(one()))).toBe(1);
    expect(run(() => shield(one()))).toBe(1);
    expect(run(() => sleep(0, 'slept'))).toBe('slept');
    expect(runMain(() => gather([one()]))).toEqual([1]);
  });

  test('Runner and EventLoop', () => {
    using runner = new Runner();
    expect(runner.run(() => gather([one(), one()]))).toEqual([1, 1]);
    const loop = new EventLoop();
    try {
      expect(loop.run(() => gather([one()]))).toEqual([1]);
    } finally {
      loop.close();
    }
  });

  test('runGuest', async () => {
    expect(await runGuest(() => gather([one(), one()]))).toEqual([1, 1]);
    expect(await runGuest(() => createTask(one))).toBe(1);
  });

  test('a function that fails leaves no loop behind', () => {
    expect(() =>
      run(() => {
        throw new RangeError('no');
      }),
    ).toThrow(RangeError);
    expect(run(one)).toBe(1);
  });
});

describe('what cannot be run', () => {
  const blocks = 'which cannot settle while run() blocks. Make it a function*.';
  const promise =
    'got a Promise object. A Promise runs by itself, but not while run() blocks: in runGuest(),';

  test.each([
    [() => run(wrong(5)), 'run: a coroutine was expected, got number 5. Write run(function* () { … }).'],
    [() => run(wrong(undefined)), 'run: a coroutine was expected, got undefined.'],
    [() => run(wrong(() => 5)), 'run: a coroutine was expected, the function returned number 5.'],
    [() => run(wrong(later)), `run: later is async and returned a Promise, ${blocks}`],
    [() => run(wrong(later())), `run: a coroutine was expected, ${promise}`],
    [() => run(wrong(needs)), 'run: a coroutine was expected, got function needs. Call it: run(needs(…)).'],
    [() => runMain(wrong(5)), 'runMain: a coroutine was expected, got number 5.'],
    [() => gather([one()]), 'gather: no event loop is running.'],
    [() => shield(one()), 'shield: no event loop is running.'],
    [() => waitFor(one(), 1).next(), 'waitFor: no event loop is running.'],
    [() => asCompleted([one()]), 'asCompleted: no event loop is running.'],
  ])('%#', (call, message) => {
    expect(refusal(call)).toContain(message);
  });

  test('by a Runner, by a loop', () => {
    using runner = new Runner();
    expect(refusal(() => runner.run(wrong(5)))).toContain('Runner.run: a coroutine was expected');
    const loop = runner.getLoop();
    expect(refusal(() => loop.run(wrong(5)))).toContain('EventLoop.run: a coroutine was expected');
    expect(refusal(() => loop.runUntilComplete(wrong(5)))).toContain('runUntilComplete: a coroutine, a task');
    expect(refusal(() => runner.run(wrong(loop.createFuture())))).toContain('loop.runUntilComplete()');
  });

  test('by a guest: the mistake is told, not what comes of it', async () => {
    const message = (main: unknown): Promise<string> => runGuest(wrong(main)).then(String, String);
    expect(await message(5)).toContain('runGuest: a coroutine was expected, got number 5.');
    expect(await message(needs)).toContain('got function needs. Call it: runGuest(needs(…)).');
    expect(await message(() => 5)).toContain('the function returned number 5');
    expect(await runGuest(wrong(later()))).toBe(1);
  });

  test('inside of another run', () => {
    expect(refusalInside(() => run(one))).toContain('run() cannot be called from a running event loop');
    expect(refusalInside(() => runMain(one))).toContain('runMain() cannot be called from a running');
  });
});

describe('options that are no object', () => {
  const expected = 'an object of options was expected, got';

  test.each([
    [
      () => run(one, wrong(null)),
      `run: ${expected} null. Leave it out, or write run(main, { debug: true }).`,
    ],
    [() => runMain(one, wrong(5)), `runMain: ${expected} 5.`],
    [() => new Runner(wrong(null)), `Runner: ${expected} null.`],
    [() => stdin(wrong(null)), `stdin: ${expected} null. Leave it out, or write stdin({ limit: 65536 }).`],
    [() => new StreamReader(wrong({ limit: '5' })), "StreamReader: limit must be positive, got '5'"],
  ])('%#', (call, message) => {
    expect(refusal(call)).toContain(message);
  });

  test('runGuest', async () => {
    const message = (options: unknown): Promise<string> =>
      runGuest(one, wrong(options)).then(String, (error) => error.message);
    const usage = 'Leave it out, or write runGuest(main, { signal }).';
    expect(await message(null)).toBe(`runGuest: ${expected} null. ${usage}`);
    expect(await message({ signal: 5 })).toContain(
      'runGuest: an AbortSignal was expected as signal, got number 5',
    );
    expect(await message({ signal: null })).toBe('1');
  });
});

describe('run and createTask speak with one voice', () => {
  function* gen(): Coroutine<void> {}
  async function* agen(): AsyncGenerator<void> {}

  test.each([
    ['a number', 5],
    ['nothing', undefined],
    ['a function that needs arguments', needs],
    ['a function that returns no coroutine', () => 5],
    ['an async function', later],
    ['a Promise', Promise.resolve()],
    ['an async generator function', agen],
    ['an async generator', agen()],
    ['an iterable', [gen()]],
  ])('of %s', (_what, value) => {
    const ofTask = refusalInside(() => createTask(wrong(value)));
    expect(refusal(() => run(wrong(value)))).toBe(ofTask.replaceAll('createTask', 'run'));
  });

  test('of a future', () => {
    const loop = new EventLoop();
    const future = loop.createFuture();
    const ofTask = refusal(() => loop.createTask(wrong(future)));
    expect(refusal(() => loop.run(wrong(future)))).toBe(ofTask.replaceAll('createTask', 'EventLoop.run'));
    expect(ofTask).toContain('A future runs by itself: await it in a function*');
    loop.close();
  });
});

describe('what cannot be awaited, what is no task, what is no body', () => {
  const body = 'the body must be a function, got a coroutine. Pass the function* itself, or () => work()';

  test.each([
    [
      () => gather([wrong(one)]),
      'gather: a coroutine, a task or a future is needed, got function one. Call it: one(…).',
    ],
    [() => shield(wrong(5)), 'shield: a coroutine, a task or a future is needed, got number 5.'],
    [() => asCompleted([wrong(5)]), 'asCompleted: a coroutine, a task or a future is needed, got number 5.'],
    [() => waitFor(wrong(one), 10), 'waitFor: a coroutine, a task or a future is needed, got function one.'],
    [
      () => createTask(wrong(later)),
      'createTask: later is async and returned a Promise, which cannot settle while run() blocks.',
    ],
    [
      () => createTask(wrong(needs)),
      'createTask: a coroutine was expected, got function needs. Call it: createTask(needs(…)).',
    ],
    [
      () => createTask(wrong(() => gather([one()]))),
      'which runs by itself: await it, or use ensureFuture().',
    ],
    [() => timeout(10, wrong(one())), `timeout: ${body}`],
    [() => moveOnAfter(10, wrong(one())), `moveOnAfter: ${body}`],
    [() => failAfter(10, wrong(one())), `failAfter: ${body}`],
    [() => shielded(wrong(one())), `shielded: ${body}`],
    [() => taskGroup(wrong(one())), `taskGroup: ${body}`],
    [() => toThread(wrong(5)), 'toThread: a function is needed, got number 5'],
    [() => sleep(wrong('5')), 'sleep: delayMs must be a number of milliseconds, got string 5'],
  ])('%#', (call, message) => {
    expect(refusalInside(call)).toContain(message);
  });

  // A guest awaits them.
  test.skipIf(process.env.SELECTLOOP_TEST_DRIVER === 'guest')('a Promise, in a blocking run', () => {
    expect(refusalInside(() => gather([wrong(later())]))).toContain('gather: got a Promise.');
    expect(refusalInside(() => waitFor(wrong(later()), 10))).toContain('waitFor: got a Promise.');
  });

  test('a function behind yield*', () => {
    const main = function* (): Coroutine<void> {
      yield* one as unknown as Coroutine<void>;
    };
    expect(refusal(() => run(main))).toMatch(/function is not iterable.*Was a call forgotten\?/);
  });

  test.each([
    [
      (group: TaskGroup) => group.createTask(wrong(5)),
      'group.createTask: a coroutine was expected, got number 5.',
    ],
    [(group: TaskGroup) => group.createTask(wrong(needs)), 'Call it: group.createTask(needs(…)).'],
    [(group: TaskGroup) => group.createTask(wrong(later)), 'group.createTask: later is async'],
  ])('in a group, %#', (call, message) => {
    const error = run(function* () {
      try {
        yield* taskGroup(function* (group) {
          yield* call(group);
        });
      } catch (failure) {
        return failure as AggregateError;
      }
      throw new Error('nothing was refused');
    });
    expect(String(error.errors[0])).toContain(message);
  });
});
