/** Runner: several runs on one loop, in one context. */
import { describe, expect, it } from 'vitest';
import {
  ContextVar,
  type Coroutine,
  copyContext,
  createTask,
  EventLoop,
  getRunningLoop,
  Runner,
  RuntimeError,
  sleep,
} from '../../../src/index.ts';
import { FakeKernel } from '../../support/fake-kernel.ts';

const variable = new ContextVar<string>('v', { default: 'unset' });

describe('Runner', () => {
  it('runs one coroutine after the other on the same loop, and closes it at the end', () => {
    const loops: EventLoop[] = [];
    {
      using runner = new Runner({ kernel: new FakeKernel() });
      for (let i = 0; i < 2; i++) expect(runner.run(() => noteLoop(i))).toBe(i);
      expect(runner.getLoop() === loops[0]).toBe(true);
      expect(loops[0]?.isClosed()).toBe(false);
    }
    expect(loops[0] === loops[1]).toBe(true);
    expect(loops[0]?.isClosed()).toBe(true);

    function* noteLoop<T>(value: T): Coroutine<T> {
      loops.push(getRunningLoop());
      yield* sleep(1);
      return value;
    }
  });

  it('keeps context variables from one run to the next, and to itself', () => {
    using runner = new Runner({ kernel: new FakeKernel() });
    runner.run(() => set('from the first run'));
    expect(runner.run(read)).toBe('from the first run');
    expect(variable.get()).toBe('unset');
    const context = copyContext();
    context.run(() => variable.set('given'));
    expect(runner.run(read, { context })).toBe('given');
  });

  it('lets tasks live on between runs, and cancels them when it is closed', () => {
    const log: string[] = [];
    const runner = new Runner({ kernel: new FakeKernel() });
    runner.run(() => start(log));
    runner.run(() => pause(25));
    expect(log).toEqual(['tick', 'tick']);
    runner.close();
    expect(log).toEqual(['tick', 'tick', 'cancelled']);
    runner.close();
  });

  it('refuses to run when it is closed, or inside a running loop', () => {
    const runner = new Runner({ kernel: new FakeKernel() });
    runner.run(function* (): Coroutine<void> {
      yield* sleep(0);
      expect(() => runner.run(read)).toThrow(RuntimeError);
    });
    runner.close();
    expect(() => runner.run(read)).toThrow('closed');
    expect(() => runner.getLoop()).toThrow('closed');
  });

  it('takes its loop from loopFactory', () => {
    const loop = new EventLoop({ kernel: new FakeKernel() });
    using runner = new Runner({ loopFactory: () => loop, debug: true });
    expect(runner.run(read)).toBe('unset');
    expect(runner.getLoop() === loop).toBe(true);
    expect(loop.getDebug()).toBe(true);
  });

  it('makes no loop when it is closed without a run', () => {
    let made = 0;
    const runner = new Runner({
      loopFactory: () => {
        made++;
        return new EventLoop({ kernel: new FakeKernel() });
      },
    });
    runner.close();
    expect(made).toBe(0);
  });
});

function* set(value: string): Coroutine<void> {
  variable.set(value);
  yield* sleep(0);
}

function* read(): Coroutine<string> {
  yield* sleep(0);
  return variable.get();
}

function* pause(delayMs: number): Coroutine<void> {
  yield* sleep(delayMs);
}

function* start(log: string[]): Coroutine<void> {
  createTask(ticking(log));
  yield* sleep(0);
}

function* ticking(log: string[]): Coroutine<void> {
  try {
    for (;;) {
      yield* sleep(10);
      log.push('tick');
    }
  } finally {
    log.push('cancelled');
  }
}
