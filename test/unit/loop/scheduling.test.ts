/** callSoon, handles, stop, the order inside a pass, fairness between callbacks and descriptors. */
import { describe, expect, it } from 'vitest';
import { Context, type Coroutine, KeyboardInterrupt, sleep } from '../../../src/index.ts';
import { caught, onePass, virtualLoop } from './virtual-loop.ts';

describe('callSoon', () => {
  it('calls in the order of the calls, with the arguments given, in the next pass', () => {
    const { loop } = virtualLoop();
    const log: string[] = [];
    loop.callSoon((a: string, b: string) => log.push(a + b), 'a', 'b');
    loop.callSoon(() => log.push('second'));
    expect(log).toEqual([]);
    onePass(loop);
    expect(log).toEqual(['ab', 'second']);
  });

  it('from inside a callback is for the pass after', () => {
    const { loop } = virtualLoop();
    const log: string[] = [];
    loop.callSoon(() => {
      log.push('outer');
      loop.callSoon(() => log.push('inner'));
    });
    onePass(loop);
    expect(log).toEqual(['outer']);
    onePass(loop);
    expect(log).toEqual(['outer', 'inner']);
  });

  it('takes { context } off the end of the arguments, and nothing else', () => {
    const { loop } = virtualLoop();
    const seen: unknown[][] = [];
    const note = (...args: unknown[]): void => {
      seen.push(args);
    };
    const context = new Context();
    const lookalikes: unknown[] = [
      { context: 'a string' },
      { context, more: 1 },
      null,
      [context],
      { contexts: context },
    ];
    for (const argument of lookalikes) loop.callSoon(note, argument);
    loop.callSoon(note, 1, { context });
    loop.callSoon(note, 2, { context: undefined });
    onePass(loop);
    expect(seen).toEqual([...lookalikes.map((argument) => [argument]), [1], [2]]);
  });

  it('refuses coroutines, coroutine functions and what cannot be called', () => {
    const { loop } = virtualLoop();
    function* work(): Coroutine<void> {
      yield* sleep(0);
    }
    expect(() => loop.callSoon(work)).toThrow('createTask()');
    expect(() => loop.callSoon(work() as never)).toThrow('createTask()');
    expect(() => loop.callSoon('print' as never)).toThrow(TypeError);
    expect(() => loop.callLater(1, work)).toThrow('createTask()');
    expect(() => loop.callAt(1, undefined as never)).toThrow(TypeError);
  });

  it('on a closed loop is refused', () => {
    const { loop } = virtualLoop();
    loop.close();
    for (const call of [
      () => loop.callSoon(() => {}),
      () => loop.callLater(1, () => {}),
      () => loop.callAt(1, () => {}),
      () => loop.addReader(3, () => {}),
    ]) {
      expect(caught(call).message).toContain('the event loop is closed');
    }
  });
});

describe('Handle', () => {
  it('is not called once cancelled, also when the canceller runs in the same pass', () => {
    const { loop } = virtualLoop();
    const log: string[] = [];
    loop.callSoon(() => later.cancel());
    const later = loop.callSoon(() => log.push('called'));
    onePass(loop);
    expect(log).toEqual([]);
    expect(later.cancelled()).toBe(true);
    later.cancel();
  });

  it('keeps nothing of a callback that was cancelled, and says so', () => {
    const { loop } = virtualLoop();
    const handle = loop.callSoon(function namedCallback() {});
    expect(String(handle)).toContain('namedCallback');
    handle.cancel();
    expect(String(handle)).toContain('cancelled');
  });
});

describe('stop', () => {
  it('ends the run after the pass in which it was called', () => {
    const { loop } = virtualLoop();
    const log: string[] = [];
    loop.callSoon(() => {
      loop.stop();
      loop.callSoon(() => log.push('next run'));
    });
    loop.callSoon(() => log.push('same pass'));
    loop.runForever();
    expect(log).toEqual(['same pass']);
    onePass(loop);
    expect(log).toEqual(['same pass', 'next run']);
  });

  it('before a run makes that run one pass long, which does not wait', () => {
    const { loop, kernel } = virtualLoop();
    const log: string[] = [];
    loop.callSoon(() => log.push('one pass'));
    loop.callLater(1000, () => log.push('too far'));
    loop.stop();
    loop.runForever();
    expect(log).toEqual(['one pass']);
    expect(kernel.waits).toEqual([0]);
  });

  it('is over with the run that it ended, also when that run ended by an error', () => {
    const { loop } = virtualLoop();
    loop.callSoon(() => {
      loop.stop();
      throw new KeyboardInterrupt('before stop was seen');
    });
    expect(() => loop.runForever()).toThrow(KeyboardInterrupt);
    let laterPasses = 0;
    const count = (): void => {
      laterPasses++;
      if (laterPasses < 3) loop.callSoon(count);
      else loop.stop();
    };
    loop.callSoon(count);
    loop.runForever();
    expect(laterPasses).toBe(3);
  });
});

describe('a pass', () => {
  it('tells descriptors first, then timers, then what was scheduled meanwhile', () => {
    const { loop, kernel } = virtualLoop();
    const log: string[] = [];
    const fd = kernel.open(1);
    loop.addReader(fd, () => {
      log.push('reader');
      loop.removeReader(fd);
    });
    loop.callAt(loop.time(), () => log.push('timer'));
    loop.callSoon(() => log.push('scheduled before the pass'));
    onePass(loop);
    expect(log).toEqual(['scheduled before the pass', 'reader', 'timer']);
  });

  it('callbacks that reschedule themselves starve neither descriptors nor timers', () => {
    const { loop, kernel } = virtualLoop();
    let spins = 0;
    const spin = (): void => {
      spins++;
      loop.callSoon(spin);
    };
    for (let i = 0; i < 1000; i++) loop.callSoon(spin);
    const fd = kernel.open(1);
    let reads = 0;
    loop.addReader(fd, () => {
      reads++;
      if (reads === 10) loop.stop();
    });
    loop.runForever();
    expect(reads).toBe(10);
    expect(spins).toBe(10_000);
    loop.removeReader(fd);
  });

  it('waits no longer than until the next timer, and for ever when there is nothing', () => {
    const { loop, kernel } = virtualLoop();
    loop.callLater(100, () => {});
    const fd = kernel.open();
    kernel.after(150, () => kernel.setReady(fd, 1));
    loop.addReader(fd, () => loop.stop());
    loop.runForever();
    loop.removeReader(fd);
    expect(kernel.waits[0]).toBe(100);
    expect(kernel.waits[1]).toBeGreaterThan(100);
  });
});
