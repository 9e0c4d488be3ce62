import { describe, expect, it } from 'vitest';
import { type Coroutine, RuntimeError, sleep } from '../../../src/index.ts';
import { onePass, virtualLoop } from '../loop/virtual-loop.ts';

describe('sleep', () => {
  it.each([0.5, 1, 250, 86_400_000 / 24])('lasts %s ms to the fraction', (delayMs) => {
    const { loop } = virtualLoop();
    const startMs = loop.time();
    loop.runUntilComplete(sleep(delayMs));
    expect(loop.time() - startMs).toBeCloseTo(delayMs, 6);
  });

  it.each([0, -1, Number.NEGATIVE_INFINITY])('of %s suspends exactly once', (delayMs) => {
    const { loop } = virtualLoop();
    let passes = 0;
    function* work(): Coroutine<void> {
      for (let i = 0; i < 5; i++) {
        yield* sleep(delayMs);
        passes++;
      }
    }
    const task = loop.createTask(work());
    for (let i = 0; i <= 5; i++) {
      onePass(loop);
      expect(passes).toBe(i);
    }
    expect(task.done()).toBe(true);
  });

  it('gives the result it was told to', () => {
    const { loop } = virtualLoop();
    expect(loop.runUntilComplete(sleep(1, 'result'))).toBe('result');
    expect(loop.runUntilComplete(sleep(0, null))).toBeNull();
  });

  it('begins when it is awaited, not when it is made', () => {
    const { loop } = virtualLoop();
    const startMs = loop.time();
    loop.run(function* (): Coroutine<void> {
      const later = sleep(10);
      yield* sleep(20);
      yield* later;
    });
    expect(loop.time() - startMs).toBe(30);
  });

  it('leaves no timer behind when it is cancelled, or its coroutine is closed', () => {
    const { loop } = virtualLoop();
    function* work(): Coroutine<void> {
      yield* sleep(1_000_000);
    }
    const task = loop.createTask(work());
    onePass(loop);
    expect(loop.timers.length).toBe(1);
    task.cancel();
    onePass(loop);
    expect(loop.timers.nextWhenMs()).toBe(Number.POSITIVE_INFINITY);
    loop.callSoon(() => {
      const coroutine = work();
      coroutine.next();
      coroutine.return();
    });
    onePass(loop);
    expect(loop.timers.nextWhenMs()).toBe(Number.POSITIVE_INFINITY);
  });

  it('refuses what is no number, and waiting without a loop', () => {
    for (const delayMs of ['5', null, undefined]) expect(() => sleep(delayMs as never)).toThrow(TypeError);
    expect(() => sleep(Number.NaN)).toThrow('NaN');
    expect(() => sleep(5).next()).toThrow(RuntimeError);
  });
});
