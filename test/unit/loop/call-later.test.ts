/** What the loop does with timers. */
import { describe, expect, it } from 'vitest';
import { ContextVar, type Coroutine, copyContext, KeyboardInterrupt, sleep } from '../../../src/index.ts';
import { onePass, virtualLoop } from './virtual-loop.ts';

describe('callLater and callAt', () => {
  it('call in order of time, and equal times in order of the calls', () => {
    const { loop } = virtualLoop();
    const log: string[] = [];
    for (const [delayMs, name] of [
      [5, 'c'],
      [1, 'a'],
      [5, 'd'],
      [2, 'b'],
    ] as const) {
      loop.callLater(delayMs, (text: string) => log.push(text), name);
    }
    loop.run(() => pause(10));
    expect(log).toEqual(['a', 'b', 'c', 'd']);
  });

  it('call at the time asked for, fractions included, never earlier', () => {
    const { loop } = virtualLoop();
    const startMs = loop.time();
    const seen: number[] = [];
    for (const delayMs of [0.25, 3.5, 250, 1234.125])
      loop.callLater(delayMs, () => seen.push(loop.time() - startMs));
    loop.run(() => pause(2000));
    expect(seen).toEqual([0.25, 3.5, 250, 1234.125]);
  });

  it('of a time that has passed call in the next pass', () => {
    const { loop } = virtualLoop();
    const log: string[] = [];
    loop.callLater(-5, () => log.push('negative'));
    loop.callAt(0, () => log.push('long ago'));
    onePass(loop);
    expect(log).toEqual(['long ago', 'negative']);
  });

  it('say when, and are not called once cancelled', () => {
    const { loop } = virtualLoop();
    const timer = loop.callAt(loop.time() + 7, () => {
      throw new Error('cancelled, and called');
    });
    expect(timer.when()).toBe(loop.time() + 7);
    timer.cancel();
    expect(timer.cancelled()).toBe(true);
    loop.run(() => pause(20));
  });

  it('a callback may cancel a timer that is due in the same pass', () => {
    const { loop } = virtualLoop();
    const second = loop.callAt(loop.time() + 5, () => {
      throw new Error('cancelled, and called');
    });
    loop.callAt(loop.time() + 4.9, () => second.cancel());
    loop.callAt(loop.time() + 5, () => {});
    loop.run(() => pause(20));
    expect(loop.timers.length).toBe(0);
  });

  it('a timer that sets itself again for now runs once a pass, and starves nobody', () => {
    const { loop } = virtualLoop();
    let calls = 0;
    const again = (): void => {
      calls++;
      if (calls < 1000) loop.callLater(0, again);
    };
    loop.callLater(0, again);
    let passes = 0;
    const countPass = (): void => {
      passes++;
      if (passes < 100) loop.callSoon(countPass);
    };
    loop.callSoon(countPass);
    while (passes < 100) onePass(loop);
    expect(calls).toBeGreaterThanOrEqual(99);
    expect(calls).toBeLessThanOrEqual(101);
  });

  it('a callback that throws is reported with a handle of its own words, and the others are called', () => {
    const { loop, takeReports } = virtualLoop();
    const log: string[] = [];
    const timer = loop.callLater(5, function explode() {
      throw new RangeError('boom');
    });
    loop.callLater(5, () => log.push('next'));
    loop.run(() => pause(10));
    const [report] = takeReports();
    expect(report?.message).toBe('Exception in callback explode()');
    expect(report?.exception).toBeInstanceOf(RangeError);
    expect(String(report?.handle)).toBe(String(timer));
    expect(log).toEqual(['next']);
  });

  it('an interrupt ends the run; the timers after it are the first to be called in the next', () => {
    const { loop } = virtualLoop();
    const log: string[] = [];
    const whenMs = loop.time() + 5;
    loop.callAt(whenMs, () => {
      loop.callSoon(() => log.push('soon'));
      throw new KeyboardInterrupt('stop');
    });
    loop.callAt(whenMs, () => log.push('first'));
    loop.callAt(whenMs, (text: string) => log.push(text), 'second');
    expect(() => loop.runForever()).toThrow(KeyboardInterrupt);
    expect(log).toEqual([]);
    onePass(loop);
    expect(log).toEqual(['first', 'second', 'soon']);
    onePass(loop);
    expect(log).toHaveLength(3);
  });

  it('run in the context they were set in, or in the one that their handle shows', () => {
    const { loop } = virtualLoop();
    const variable = new ContextVar<string>('who');
    const seen: string[] = [];
    const look = (): number => seen.push(variable.get('nobody'));
    loop.callLater(1, look);
    copyContext().run(() => {
      variable.set('setter');
      loop.callLater(2, look);
      loop.callLater(3, (text: string) => seen.push(`${variable.get('nobody')} ${text}`), 'again');
    });
    const timer = loop.callLater(4, look);
    timer.getContext().run(() => variable.set('shown'));
    loop.run(() => pause(10));
    expect(seen).toEqual(['nobody', 'setter', 'setter again', 'shown']);
  });

  it('in debug mode each is an entry of the ready queue, so that a slow one can be named', () => {
    const { loop } = virtualLoop({ debug: true });
    loop.slowCallbackDurationMs = 0;
    const slow: string[] = [];
    loop.addInstrument({ slowStep: (step) => slow.push(String(step)) });
    const whenMs = loop.time() + 5;
    loop.callAt(whenMs, function first() {
      victim.cancel();
    });
    const victim = loop.callAt(whenMs, () => {
      throw new Error('cancelled, and called');
    });
    loop.setDebug(false);
    loop.callAt(whenMs, function second() {
      loop.stop();
    });
    loop.setDebug(true);
    loop.runForever();
    expect(slow).toEqual([
      expect.stringContaining('first()'),
      expect.stringContaining('cancelled'),
      expect.stringContaining('second()'),
    ]);
  });

  it('for ever is a wait like none at all, and NaN is refused', () => {
    const { loop, kernel } = virtualLoop();
    loop.callLater(Number.POSITIVE_INFINITY, () => {
      throw new Error('for ever has passed');
    });
    const fd = kernel.open();
    loop.addReader(fd, () => loop.stop());
    kernel.after(1_000_000, () => kernel.setReady(fd, 1));
    loop.runForever();
    expect(loop.time()).toBeGreaterThanOrEqual(1_000_000);
    loop.removeReader(fd);
    expect(() => loop.callLater(Number.NaN, () => {})).toThrow('NaN');
    expect(() => loop.callAt('5' as never, () => {})).toThrow(TypeError);
  });

  it('a signal that interrupts the wait does not make a timer early', () => {
    const { loop, kernel } = virtualLoop();
    for (const atMs of [10, 20, 30]) kernel.interruptAfter(atMs);
    const startMs = loop.time();
    loop.run(() => pause(200));
    expect(loop.time() - startMs).toBe(200);
  });
});

function* pause(delayMs: number): Coroutine<void> {
  yield* sleep(delayMs);
}
