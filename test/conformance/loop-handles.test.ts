/** Handles and timers: what CPython 3.13 says of them in test_events and test_base_events. */
import { describe, expect, it } from 'vitest';
import { ContextVar, copyContext, EventLoop, Handle, newEventLoop, TimerHandle } from '../../src/index.ts';
import type { ExceptionContext } from '../../src/loop/exception-context.ts';
import { onePass, virtualLoop } from '../unit/loop/virtual-loop.ts';

/** A loop that is none: what a handle asks of its loop. */
function owner(debug: boolean) {
  const reports: ExceptionContext[] = [];
  return {
    reports,
    getDebug: () => debug,
    timerCancelled: () => {},
    timerChanged: () => {},
    callbackReturned: () => {},
    setTimerRef: () => {},
    hasTimerRef: () => true,
    watchRefChanged: () => {},
    callExceptionHandler: (context: ExceptionContext) => void reports.push(context),
  };
}

function work(): void {}
function fail(): never {
  throw new RangeError('of no use');
}

describe('a handle', () => {
  it('is scheduled, then cancelled, and cancelling again changes nothing', () => {
    const handle = new Handle(work, [], owner(false));
    expect(handle.cancelled()).toBe(false);
    handle.cancel();
    handle.cancel();
    expect([handle.cancelled(), String(handle)]).toEqual([true, '<Handle cancelled>']);
  });

  it('whose callback fails tells its loop: message, error, itself, and in debug mode its origin', () => {
    const quiet = owner(false);
    const handle = new Handle(fail, [], quiet);
    handle.runReady();
    expect(quiet.reports).toEqual([
      { message: 'Exception in callback fail()', exception: expect.any(RangeError), handle },
    ]);
    const debugging = owner(true);
    new Handle(fail, [1], debugging).runReady();
    expect(debugging.reports[0]?.message).toMatch(/^Exception in callback fail\(1\) created at /);
    expect(debugging.reports[0]?.sourceTraceback).toContain('loop-handles.test.ts');
  });

  it('describes its callback; in debug mode its arguments and origin too, also once it is cancelled', () => {
    expect(String(new Handle(work, [1, 2], owner(false)))).toBe('<Handle work()>');
    const handle = new Handle(work, [1, 'two'], owner(true));
    expect(String(handle)).toMatch(/^<Handle work\(1, 'two'\) created at \S+loop-handles\.test\.ts:\d+>$/);
    handle.cancel();
    const cancelled = String(handle);
    expect(cancelled).toMatch(/^<Handle cancelled work\(1, 'two'\) created at \S+:\d+>$/);
    handle.cancel();
    expect(String(handle)).toBe(cancelled);
  });

  it('knows in debug mode which line scheduled it, whatever the call', () => {
    const loop = newEventLoop({ debug: true });
    const handles = [
      loop.callSoon(work),
      loop.callSoonThreadsafe(work),
      loop.callLater(5, work),
      loop.callAt(5, work),
    ];
    for (const handle of handles)
      expect(String(handle)).toMatch(/created at \S+loop-handles\.test\.ts:\d+>$/);
    loop.close();
  });

  it('runs in the context given to it, or in a copy of the one it was made in', () => {
    const variable = new ContextVar<string>('who');
    const { loop } = virtualLoop();
    const seen: unknown[] = [];
    const look = (): void => void seen.push(variable.get('nobody'));
    const context = copyContext();
    context.run(() => variable.set('given'));
    const handle = loop.callSoon(look, { context });
    expect(handle.getContext()).toBe(context);
    loop.callSoon(look);
    loop.callLater(0, look, { context });
    onePass(loop);
    expect(seen).toEqual(['given', 'nobody', 'given']);
  });
});

describe('a timer handle', () => {
  it('says when; describes itself by its time, with and without debug mode', () => {
    const timer = new TimerHandle(123, work, [], owner(false));
    expect([timer.when(), String(timer)]).toEqual([123, '<TimerHandle when=123 work()>']);
    timer.cancel();
    expect(String(timer)).toBe('<TimerHandle cancelled when=123>');
    const debugged = new TimerHandle(123, work, [7], owner(true));
    expect(String(debugged)).toMatch(/^<TimerHandle when=123 work\(7\) created at \S+:\d+>$/);
    debugged.cancel();
    expect(String(debugged)).toMatch(/^<TimerHandle cancelled when=123 work\(7\) created at \S+:\d+>$/);
  });

  it('compares by its time', () => {
    const [early, same, late] = [1, 1, 2].map(
      (whenMs) => new TimerHandle(whenMs, work, [], owner(false)),
    ) as [TimerHandle, TimerHandle, TimerHandle];
    expect([early < late, late < early, early > late, early <= late, early >= late]).toEqual([
      true,
      false,
      false,
      true,
      false,
    ]);
    expect([early < same, early <= same, early >= same]).toEqual([false, true, true]);
  });

  it('is what callLater and callAt return, callSoon a plain handle', () => {
    const loop = new EventLoop();
    expect(loop.callLater(10, work)).toBeInstanceOf(TimerHandle);
    expect(loop.callAt(loop.time(), work)).toBeInstanceOf(TimerHandle);
    const soon = loop.callSoon(work);
    expect([soon instanceof Handle, soon instanceof TimerHandle]).toEqual([true, false]);
    loop.close();
  });

  it('of a negative delay runs at once, the most overdue one first', () => {
    const { loop } = virtualLoop();
    const calls: string[] = [];
    const note = (name: string): void => void calls.push(name);
    loop.callLater(-1, note, 'second');
    loop.callLater(-2, note, 'first');
    onePass(loop);
    expect(calls).toEqual(['first', 'second']);
  });

  it('needs a number', () => {
    const { loop } = virtualLoop();
    expect(() => loop.callLater(null as never, work)).toThrow(TypeError);
    expect(() => loop.callAt(undefined as never, work)).toThrow(TypeError);
    expect(() => loop.callSoon(1 as never)).toThrow(/a callable object/);
  });
});
