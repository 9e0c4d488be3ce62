/**
 * The stacks of tasks, and ends of runs: what CPython 3.13 says in test_tasks and test_pep492, on virtual
 * time.
 */
import { describe, expect, it } from 'vitest';
import {
  type Coroutine,
  createTask,
  currentTask,
  RuntimeError,
  type StackFrame,
  StreamReader,
  sleep,
  type Task,
} from '../../src/index.ts';
import { type Print, recordPrints } from '../support/recorded-prints.ts';
import { run, self } from '../unit/cancellation/on-virtual-time.ts';
import { caught, onePass, virtualLoop } from '../unit/loop/virtual-loop.ts';

function namesOf(frames: readonly StackFrame[]): string[] {
  return frames.map(({ functionName }) => functionName);
}

function textOf(prints: readonly Print[]): string {
  return prints.map(({ text }) => text).join('');
}

describe('getStack', () => {
  it('of a task that runs: its coroutines and what they called, outermost first', () => {
    const stacks: string[][] = [];
    let description = '';
    function helper(): void {
      stacks.push(namesOf(self().getStack()), namesOf(self().getStack({ limit: 1 })));
      description = String(self());
    }
    function* bar(): Coroutine<void> {
      helper();
    }
    function* foo(): Coroutine<void> {
      yield* bar();
    }
    run(function* (): Coroutine<void> {
      yield* createTask(foo());
    });
    expect(stacks[0]?.[0]).toBe('foo');
    expect(stacks[0]?.at(-1)).toBe('helper');
    expect(stacks[1]).toEqual(['helper']);
    expect(description).toContain('coro=<foo() running, in helper()');
  });

  it('of one that started another eagerly: nothing, while that one runs', () => {
    run(function* (): Coroutine<void> {
      const main = self();
      function* eager(): Coroutine<void> {
        expect(namesOf(main.getStack())).toEqual([]);
        expect(namesOf((currentTask() as Task<unknown>).getStack())[0]).toBe('eager');
      }
      yield* createTask(eager(), { eagerStart: true });
      expect(main.getStack().length).toBeGreaterThan(0);
    });
  });

  it('of one that failed: the frames of the error; a limit keeps the outermost', () => {
    function* thrower(): Coroutine<void> {
      throw new RangeError('no');
    }
    function* outer(): Coroutine<void> {
      yield* sleep(0);
      yield* thrower();
    }
    run(function* (): Coroutine<void> {
      const task = createTask(outer());
      yield* sleep(10);
      expect(task.exception()).toBeInstanceOf(RangeError);
      expect(namesOf(task.getStack()).at(-1)).toBe('thrower');
      expect(task.getStack({ limit: 1 })).toEqual(task.getStack().slice(0, 1));
    });
  });

  it('a limit of none gives none', () => {
    run(function* (): Coroutine<void> {
      const task = createTask(sleeping());
      function* sleeping(): Coroutine<void> {
        yield* sleep(10);
      }
      yield* sleep(0);
      expect([task.getStack({ limit: 0 }), namesOf(task.getStack({ limit: 5 }))]).toEqual([[], ['sleeping']]);
      yield* task;
    });
  });
});

describe('printStack', () => {
  function* foo(): Coroutine<void> {
    yield* sleep(10);
  }

  it.each([
    ['before it starts', 0, /^2: No stack for <Task pending name='printed'>\n$/],
    [
      'suspended',
      1,
      /^2: Stack for <Task pending name='printed' coro=<foo\(\) running at .*\n +at foo \(.*\)\nwaits for sleep\(10\)\n$/,
    ],
  ])('of a task %s', (_name, passes, expected) => {
    const { loop, kernel } = virtualLoop();
    const prints = recordPrints(kernel);
    const task = loop.createTask(foo(), { name: 'printed' });
    for (let i = 0; i < passes; i++) onePass(loop);
    task.printStack();
    expect(prints.map(({ fd, text }) => `${fd}: ${text}`).join('')).toMatch(expected);
    loop.runUntilComplete(task);
  });

  it('of a leaf operation says what it waits for', () => {
    const { loop, kernel } = virtualLoop();
    const prints = recordPrints(kernel);
    const task = loop.createTask(sleep(10), { name: 'leaf' });
    onePass(loop);
    task.printStack();
    expect(textOf(prints)).toMatch(/^No stack for <Task pending name='leaf' .*>\nwaits for sleep\(10\)\n$/);
    const reader = new StreamReader({ loop });
    const reading = loop.createTask(reader.readLine(), { name: 'reading' });
    onePass(loop);
    prints.length = 0;
    reading.printStack();
    expect(textOf(prints)).toMatch(/^No stack for .*\nwaits for readLine\(\) of <StreamReader .*>\n$/);
    reader.feedEof();
    loop.runUntilComplete(reading);
    loop.runUntilComplete(task);
  });

  it('of one that failed ends with the error', () => {
    const { loop, kernel } = virtualLoop();
    const prints = recordPrints(kernel);
    function* thrower(): Coroutine<void> {
      throw new RangeError('no');
    }
    const task = loop.createTask(thrower());
    onePass(loop);
    expect(task.exception()).toBeInstanceOf(RangeError);
    task.printStack();
    expect(textOf(prints)).toMatch(/at thrower \(.*\)\nRangeError: no\n$/);
  });
});

describe('a run that is stopped', () => {
  it('before its task is done is an error; the task is as it was, and can be ended', () => {
    const { loop } = virtualLoop();
    let count = 0;
    function* counting(): Coroutine<void> {
      while (count < 10) {
        yield* sleep(100);
        if (++count === 2) loop.stop();
      }
    }
    const task = loop.createTask(counting());
    expect(caught(() => loop.runUntilComplete(task))).toBeInstanceOf(RuntimeError);
    expect([task.done(), count]).toEqual([false, 2]);
    task.cancel();
    expect(caught(() => loop.runUntilComplete(task)).name).toBe('CancelledError');
  });
});

describe('an error nobody looked at', () => {
  it.each([
    ['cancelled too late', (task: Task<unknown>) => expect(task.cancel('late')).toBe(false)],
    ['asked for its error', (task: Task<unknown>) => task.exception()],
  ])('is not reported of a task that was %s', (_name, look) => {
    const { loop, takeReports } = virtualLoop();
    function* failing(): Coroutine<void> {
      throw new TypeError('nobody');
    }
    const task = loop.createTask(failing());
    onePass(loop);
    look(task);
    loop.runUntilComplete(sleep(5000));
    loop.close();
    expect(takeReports()).toEqual([]);
  });
});
