/** Running, stopping and closing a loop: what CPython 3.13 says in test_base_events and test_events. */
import { describe, expect, it } from 'vitest';
import {
  type Coroutine,
  EventLoop,
  ensureFuture,
  getRunningLoop,
  KeyboardInterrupt,
  newEventLoop,
  RuntimeError,
  sleep,
  Task,
  type TaskOptions,
} from '../../src/index.ts';
import { onTeardown } from '../support/teardown.ts';
import { onePass, virtualLoop } from '../unit/loop/virtual-loop.ts';

function openLoop(): EventLoop {
  const loop = newEventLoop();
  onTeardown(() => loop.close());
  return loop;
}

function* nothing(): Coroutine<void> {}

describe('a closed loop', () => {
  const pending = (loop: EventLoop) => loop.createFuture<void>();
  const calls: [string, (loop: EventLoop) => unknown][] = [
    ['runForever', (loop) => loop.runForever()],
    ['runUntilComplete of a future', (loop) => loop.runUntilComplete(pending(loop))],
    ['runUntilComplete of a coroutine', (loop) => loop.runUntilComplete(nothing())],
    ['callSoon', (loop) => loop.callSoon(() => {})],
    ['callSoonThreadsafe', (loop) => loop.callSoonThreadsafe(() => {})],
    ['callLater', (loop) => loop.callLater(1, () => {})],
    ['callAt', (loop) => loop.callAt(1, () => {})],
    ['createTask', (loop) => loop.createTask(nothing())],
    ['ensureFuture', (loop) => ensureFuture(nothing(), { loop })],
    ['addReader', (loop) => loop.addReader(0, () => {})],
    ['addWriter', (loop) => loop.addWriter(1, () => {})],
    ['addSignalHandler', (loop) => loop.addSignalHandler('SIGTERM', () => {})],
  ];

  it.each(calls)('refuses %s', (_name, call) => {
    const loop = openLoop();
    loop.close();
    expect(() => call(loop)).toThrow(RuntimeError);
  });

  it('has nothing to remove, and can be closed again', () => {
    const loop = openLoop();
    loop.close();
    loop.close();
    expect([
      loop.isClosed(),
      loop.removeReader(0),
      loop.removeWriter(1),
      loop.removeSignalHandler(15),
    ]).toEqual([true, false, false, false]);
  });

  it('cannot be made of one that runs', () => {
    const loop = openLoop();
    const main = function* (): Coroutine<void> {
      loop.close();
    };
    expect(() => loop.runUntilComplete(main())).toThrow(RuntimeError);
    expect(loop.isClosed()).toBe(false);
  });
});

describe('runUntilComplete', () => {
  it('takes nothing but what can be awaited', () => {
    expect(() => openLoop().runUntilComplete('blah' as never)).toThrow(TypeError);
  });

  it('leaves nothing behind when an interrupt ended it: the next run goes on to its end', () => {
    const { loop } = virtualLoop();
    loop.callSoon(() => {
      throw new KeyboardInterrupt('stop the show');
    });
    const sleeping = ensureFuture(sleep(100), { loop });
    expect(() => loop.runUntilComplete(sleeping)).toThrow(KeyboardInterrupt);
    const startMs = loop.time();
    loop.runUntilComplete(sleep(200));
    expect(loop.time() - startMs).toBe(200);
    expect(sleeping.done()).toBe(true);
  });

  it('whose coroutine raises an interrupt plans no stop for later, and reports nothing', () => {
    const { loop, takeReports } = virtualLoop();
    const interrupted = function* (): Coroutine<void> {
      throw new KeyboardInterrupt('now');
    };
    expect(() => loop.runUntilComplete(interrupted())).toThrow(KeyboardInterrupt);
    let reached = false;
    loop.callSoon(() => {
      loop.callSoon(() => {
        loop.stop();
        reached = true;
      });
    });
    loop.runForever();
    loop.close();
    expect([reached, takeReports()]).toEqual([true, []]);
  });

  it('costs few passes when sleeps are shorter than the clock can tell', () => {
    const loop = openLoop();
    let passes = 0;
    const runBatch = loop.ready.runBatch.bind(loop.ready);
    loop.ready.runBatch = () => {
      passes++;
      runBatch();
    };
    loop.runUntilComplete(
      (function* (): Coroutine<void> {
        for (const delayMs of [10, 0.1, 1e-3, 1e-5, 1e-7]) yield* sleep(delayMs);
      })(),
    );
    expect(passes).toBeLessThanOrEqual(20);
  });
});

describe('stop', () => {
  it('planned with callSoon runs what was planned before it', () => {
    const { loop } = virtualLoop();
    let count = 0;
    loop.callSoon(() => count++);
    loop.callSoon(() => loop.stop());
    loop.runForever();
    expect(count).toBe(1);
  });

  it('a descriptor that is ready is told once a pass, also in the pass that ends the run', () => {
    const { loop, kernel } = virtualLoop();
    const fd = kernel.open(1);
    let count = 0;
    loop.addReader(fd, () => count++);
    for (let runs = 1; runs <= 2; runs++) {
      loop.callSoon(() => loop.stop());
      loop.runForever();
      expect(count).toBe(runs);
    }
    expect(loop.removeReader(fd)).toBe(true);
  });
});

describe('callSoonThreadsafe', () => {
  it('on the loop’s own thread keeps its place among the others', () => {
    const loop = openLoop();
    const calls: string[] = [];
    const note = (word: string): void => {
      calls.push(word);
      if (calls.length === 2) loop.stop();
    };
    loop.callSoonThreadsafe(note, 'hello');
    loop.callSoon(note, 'world');
    loop.runForever();
    expect(calls).toEqual(['hello', 'world']);
  });
});

describe('the makers of tasks', () => {
  class OwnTask<T> extends Task<T> {}

  it('a factory makes the tasks until it is taken off, and need not know of names', () => {
    const { loop } = virtualLoop();
    expect(() => loop.setTaskFactory(1 as never)).toThrow(/task factory must be a callable or null/);
    expect(loop.getTaskFactory()).toBeNull();
    const factory = <T>(owner: unknown, coroutine: Coroutine<T>): Task<T> =>
      new OwnTask(coroutine, { loop: owner as EventLoop });
    loop.setTaskFactory(factory);
    expect(loop.getTaskFactory()).toBe(factory);
    const named = loop.createTask(nothing(), { name: 'a name' });
    expect([named instanceof OwnTask, named.getName()]).toEqual([true, 'a name']);
    loop.setTaskFactory(null);
    const plain = loop.createTask(nothing());
    expect(plain).not.toBeInstanceOf(OwnTask);
    onePass(loop);
  });

  it('a loop whose class overrides createTask makes all tasks that way', () => {
    class OwnLoop extends EventLoop {
      override createTask<T>(coroutine: Coroutine<T>, options?: TaskOptions): Task<T> {
        return new OwnTask(coroutine, { ...options, loop: this });
      }
    }
    const loop = new OwnLoop();
    onTeardown(() => loop.close());
    const task = ensureFuture(nothing(), { loop });
    expect(task).toBeInstanceOf(OwnTask);
    loop.runUntilComplete(task);
    expect(
      loop.run(function* () {
        return getRunningLoop().createTask(nothing()) instanceof OwnTask;
      }),
    ).toBe(true);
  });
});
