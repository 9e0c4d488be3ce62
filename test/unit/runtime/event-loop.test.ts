/** The façade: runs, their results, and what it refuses. */
import { describe, expect, it } from 'vitest';
import { type Coroutine, EventLoop, getRunningLoop, RuntimeError, sleep, Task } from '../../../src/index.ts';
import { caught, onePass, virtualLoop } from '../loop/virtual-loop.ts';

describe('runUntilComplete', () => {
  it('returns the result of a future, a task or a coroutine', () => {
    const { loop } = virtualLoop();
    const future = loop.createFuture<string>();
    loop.callLater(5, () => future.setResult('future'));
    expect(loop.runUntilComplete(future)).toBe('future');
    expect(loop.runUntilComplete(loop.createTask(returning('task')))).toBe('task');
    expect(loop.runUntilComplete(returning('coroutine'))).toBe('coroutine');
    expect(loop.runUntilComplete(sleep(3, 'leaf'))).toBe('leaf');
  });

  it('can be called again and again on one loop', () => {
    const { loop } = virtualLoop();
    for (let i = 0; i < 5; i++) expect(loop.run(() => returning(i))).toBe(i);
  });

  it('throws when the loop was stopped before the end, and can go on later', () => {
    const { loop } = virtualLoop();
    const task = loop.createTask(sleep(100, 'late') as never) as Task<string>;
    loop.callLater(1, () => loop.stop());
    expect(() => loop.runUntilComplete(task)).toThrow('stopped before');
    expect(loop.runUntilComplete(task)).toBe('late');
  });

  it('refuses a future of another loop', () => {
    const { loop } = virtualLoop();
    const { loop: other } = virtualLoop();
    expect(() => loop.runUntilComplete(other.createFuture())).toThrow('different loop');
  });

  it('inside a running loop is refused, and its coroutine never runs', () => {
    const { loop } = virtualLoop();
    let ran = false;
    loop.run(function* (): Coroutine<void> {
      expect(() => loop.run(noting)).toThrow(RuntimeError);
      yield* sleep(10);
    });
    expect(ran).toBe(false);

    function* noting(): Coroutine<void> {
      ran = true;
      yield* [];
    }
  });

  it('of another loop inside a running one is refused, and its coroutine never runs', () => {
    const { loop } = virtualLoop();
    const { loop: other } = virtualLoop();
    let ran = false;
    loop.run(function* (): Coroutine<void> {
      expect(() => other.run(noting)).toThrow('while another loop is running');
      yield* sleep(0);
    });
    onePass(other);
    expect(ran).toBe(false);

    function* noting(): Coroutine<void> {
      ran = true;
      yield* [];
    }
  });

  it('runs on a closed loop are refused', () => {
    const { loop } = virtualLoop();
    loop.close();
    expect(() => loop.runForever()).toThrow('closed');
    expect(() => loop.run(() => returning(1))).toThrow('closed');
    expect(() => loop.createTask(returning(1))).toThrow('closed');
  });
});

describe('getRunningLoop', () => {
  it('is the loop inside, and an error with a remedy outside', () => {
    const { loop } = virtualLoop();
    loop.callSoon(() => expect(getRunningLoop()).toBe(loop));
    onePass(loop);
    expect(caught(() => getRunningLoop())).toBeInstanceOf(RuntimeError);
    expect(() => getRunningLoop()).toThrow('no event loop is running');
  });

  it('is none again after a run that an error ended', () => {
    const { loop } = virtualLoop();
    expect(() =>
      loop.run(function* (): Coroutine<void> {
        yield* sleep(0);
        throw new Error('end');
      }),
    ).toThrow('end');
    expect(() => getRunningLoop()).toThrow(RuntimeError);
    expect(loop.isRunning()).toBe(false);
  });
});

describe('registerTask', () => {
  it('takes a task twice without harm, and refuses one of another loop', () => {
    const { loop } = virtualLoop();
    const task = new Task(returning('once'), { loop });
    loop.registerTask(task);
    loop.registerTask(task);
    expect(loop.liveTasks.size).toBe(1);
    expect(loop.runUntilComplete(task)).toBe('once');
    loop.registerTask(task);
    expect(loop.liveTasks.size).toBe(0);
    expect(() => virtualLoop().loop.registerTask(task as Task<unknown>)).toThrow(RuntimeError);
  });
});

describe('close', () => {
  it('is refused while the loop is running, and harmless twice', () => {
    const { loop } = virtualLoop();
    loop.callSoon(() => expect(() => loop.close()).toThrow('running'));
    onePass(loop);
    loop.close();
    loop.close();
    expect(loop.isClosed()).toBe(true);
  });

  it('closes the poller even when somebody still waits', () => {
    const { loop, kernel } = virtualLoop();
    loop.createFuture().addDoneCallback(() => {});
    loop.addReader(kernel.open(), () => {});
    loop.close();
    expect(kernel.pollers.every((poller) => poller.closed)).toBe(true);
  });

  it('drops callbacks and timers that have not run', () => {
    const { loop } = virtualLoop();
    let ran = false;
    const note = (): void => {
      ran = true;
    };
    loop.callSoon(note);
    loop.callLater(1, note);
    loop.close();
    expect(ran).toBe(false);
    expect(loop.timers.length).toBe(0);
    expect(loop.ready.length).toBe(0);
  });
});

it('an EventLoop makes no poller of another kind than asked for', () => {
  expect(() => new EventLoop({ poller: 'nonsense' as never })).toThrow(TypeError);
});

function* returning<T>(value: T): Coroutine<T> {
  yield* sleep(0);
  return value;
}
