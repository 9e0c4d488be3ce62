/** shield and sleep: what CPython 3.13 says in test_tasks, on virtual time. */
import { describe, expect, it } from 'vitest';
import {
  CancelledError,
  type Coroutine,
  createTask,
  type EventLoop,
  ensureFuture,
  type Future,
  gather,
  RuntimeError,
  shield,
  sleep,
} from '../../src/index.ts';
import { failure, run } from '../unit/cancellation/on-virtual-time.ts';
import { caught, onePass, virtualLoop } from '../unit/loop/virtual-loop.ts';

function* waitFor<T>(future: Future<T>): Coroutine<T> {
  return yield* future;
}

function* returning<T>(value: T): Coroutine<T> {
  return value;
}

function* throwing(error: unknown): Coroutine<never> {
  yield* sleep(0);
  throw error;
}

function runAll(loop: EventLoop): void {
  while (loop.ready.length > 0) onePass(loop);
}

describe('shield', () => {
  it('passes on a result, the very error, a cancellation', () => {
    const { loop } = virtualLoop();
    const inner = [0, 1, 2].map(() => loop.createFuture<number>()) as [
      Future<number>,
      Future<number>,
      Future<number>,
    ];
    const [good, bad, gone] = inner.map((future) => shield(future)) as typeof inner;
    const error = new RangeError('expected');
    inner[0].setResult(42);
    inner[1].setException(error);
    inner[2].cancel('why');
    onePass(loop);
    expect(good.result()).toBe(42);
    expect(bad.exception()).toBe(error);
    expect([gone.cancelled(), (caught(() => gone.result()) as CancelledError).reason]).toEqual([true, 'why']);
  });

  it('cancelled itself: the inner one goes on, and nothing of the shield is left on it', () => {
    const { loop } = virtualLoop();
    const inner = loop.createFuture<number>();
    for (let i = 0; i < 10; i++) {
      const outer = shield(inner);
      expect(outer.cancel()).toBe(true);
      onePass(loop);
      expect([outer.cancelled(), inner.done()]).toEqual([true, false]);
    }
    expect(inner.observerCount()).toBe(1);
    inner.setResult(1);
    onePass(loop);
  });

  it('around what is done is that itself', () => {
    const inner = virtualLoop().loop.createFuture<number>();
    inner.setResult(42);
    expect(shield(inner)).toBe(inner);
  });

  it('keeps the awaiter’s cancellation from the inner task', () => {
    run(function* (loop): Coroutine<void> {
      const gate = loop.createFuture<string>();
      const inner = createTask(waitFor(gate));
      const outer = createTask(waitFor(shield(inner)));
      yield* sleep(0);
      outer.cancel();
      expect(yield* failure(() => outer)).toBeInstanceOf(CancelledError);
      gate.setResult('went on');
      expect(yield* inner).toBe('went on');
    });
  });

  it('around a gather, and a gather of shields', () => {
    const { loop } = virtualLoop();
    const children = [loop.createFuture<number>(), loop.createFuture<number>()];
    const parent = gather(children);
    const outer = shield(parent);
    const shields = children.map((child) => shield(child));
    const ofShields = gather(shields);
    outer.cancel();
    ofShields.cancel();
    runAll(loop);
    expect([outer.cancelled(), ...shields.map((one) => one.cancelled())]).toEqual([true, true, true]);
    expect(ofShields.exception()).toBeInstanceOf(CancelledError);
    for (const [i, child] of children.entries()) child.setResult(i);
    runAll(loop);
    expect(parent.result()).toEqual([0, 1]);
  });

  it('of a coroutine needs a running loop; one that throws null fails it', () => {
    expect(() => shield(returning(1))).toThrow(RuntimeError);
    run(function* (): Coroutine<void> {
      const outer = shield(throwing(null));
      yield* sleep(1);
      expect([outer.failed(), outer.exception()]).toEqual([true, null]);
      expect(yield* shield(returning('ok'))).toBe('ok');
    });
  });
});

describe('sleep', () => {
  it('takes its time, and gives its result', () => {
    run(function* (loop): Coroutine<void> {
      const startMs = loop.time();
      expect([yield* sleep(50), yield* sleep(50, 'yeah')]).toEqual([undefined, 'yeah']);
      expect(loop.time() - startMs).toBe(100);
    });
  });

  it('of 0 lets what was scheduled before run once', () => {
    run(function* (loop): Coroutine<void> {
      let result = 0;
      loop.callSoon(() => result++);
      expect([result, yield* sleep(0, 10), result]).toEqual([0, 10, 1]);
    });
  });

  it('refuses NaN; cancelled, it takes its timer away', () => {
    expect(() => sleep(Number.NaN)).toThrow(RangeError);
    run(function* (loop): Coroutine<void> {
      const task = ensureFuture(sleep(10_000));
      yield* sleep(0);
      expect(loop.timers.nextWhenMs()).toBeLessThan(Number.POSITIVE_INFINITY);
      task.cancel();
      expect(loop.timers.nextWhenMs()).toBe(Number.POSITIVE_INFINITY);
      expect(yield* failure(() => task)).toBeInstanceOf(CancelledError);
    });
  });
});
