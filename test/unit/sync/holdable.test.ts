import { describe, expect, test } from 'vitest';
import { CancelledError, RuntimeError } from '../../../src/base/errors.ts';
import type { Coroutine } from '../../../src/coroutines/coroutine.ts';
import { EventLoop } from '../../../src/runtime/event-loop.ts';
import { CapacityLimiter } from '../../../src/sync/capacity-limiter.ts';
import { Condition } from '../../../src/sync/condition.ts';
import { Event } from '../../../src/sync/event.ts';
import type { Holdable } from '../../../src/sync/holdable.ts';
import { Lock } from '../../../src/sync/lock.ts';
import { Queue } from '../../../src/sync/queue.ts';
import { BoundedSemaphore, Semaphore } from '../../../src/sync/semaphore.ts';
import { createTask } from '../../../src/tasks/create-task.ts';
import { sleep } from '../../../src/tasks/sleep.ts';
import { FakeKernel } from '../../support/fake-kernel.ts';
import { inLoop, passes, raised } from './virtual.ts';

const kinds: [string, () => Holdable, (one: Holdable) => boolean][] = [
  ['Lock', () => new Lock(), (one) => (one as Lock).locked()],
  ['Condition', () => new Condition(), (one) => (one as Condition).locked()],
  ['Semaphore', () => new Semaphore(), (one) => (one as Semaphore).locked()],
  ['BoundedSemaphore', () => new BoundedSemaphore(), (one) => (one as Semaphore).locked()],
  ['CapacityLimiter', () => new CapacityLimiter(1), (one) => (one as CapacityLimiter).availableTokens === 0],
];

describe.each(kinds)('holding a %s', (name, make, isHeld) => {
  test('with(body): held in the body, released after; the body returns its value', () => {
    inLoop(function* () {
      const one = make();
      const result = yield* one.with(function* () {
        yield* sleep(1);
        return isHeld(one);
      });
      expect(result).toBe(true);
      expect(isHeld(one)).toBe(false);
    });
  });

  test('with(body): released when the body throws or is cancelled', () => {
    inLoop(function* () {
      const one = make();
      const failing = one.with(function* () {
        yield* passes(0);
        throw new RangeError('the body failed');
      });
      expect(yield* raised(failing)).toBeInstanceOf(RangeError);
      expect(isHeld(one)).toBe(false);
      const task = createTask(one.with(() => sleep(1000)));
      yield* passes(1);
      expect(isHeld(one)).toBe(true);
      task.cancel();
      expect(yield* raised(task)).toBeInstanceOf(CancelledError);
      expect(isHeld(one)).toBe(false);
    });
  });

  test('with(body): not released when acquiring is cancelled', () => {
    inLoop(function* () {
      const one = make();
      const holder = createTask(one.with(() => sleep(10)));
      yield* passes(1);
      const task = createTask(one.with(() => sleep(10)));
      yield* passes(1);
      task.cancel();
      expect(yield* raised(task)).toBeInstanceOf(CancelledError);
      expect(isHeld(one)).toBe(true);
      yield* holder;
      expect(isHeld(one)).toBe(false);
    });
  });

  test('with(body): refuses what is no body', () => {
    inLoop(function* () {
      const one = make();
      for (const wrong of [undefined, 3, function plain() {}, async () => 1]) {
        const error = yield* raised(one.with(wrong as unknown as () => Coroutine<void>));
        expect(error).toBeInstanceOf(TypeError);
        expect(error.message).toContain(`${name}.with: the body must be a function`);
        expect(isHeld(one)).toBe(false);
      }
    });
  });

  test('hold(): released at the end of the block', () => {
    inLoop(function* () {
      const one = make();
      {
        using _ = yield* one.hold();
        yield* sleep(1);
        expect(isHeld(one)).toBe(true);
      }
      expect(isHeld(one)).toBe(false);
    });
  });

  test('hold(): an earlier release is the only one', () => {
    inLoop(function* () {
      const one = make();
      {
        using hold = yield* one.hold();
        hold.release();
        expect(isHeld(one)).toBe(false);
      }
      yield* one.acquire();
      expect(isHeld(one)).toBe(true);
    });
  });

  test('is not disposable itself, as `using lock` would release what was never acquired', () => {
    expect(Symbol.dispose in make()).toBe(false);
  });
});

describe('a primitive belongs to the loop of its first wait', () => {
  const waits: [string, () => unknown, (one: never) => Coroutine<unknown>][] = [
    ['Lock.acquire', () => new Lock(), takeTwice],
    ['Semaphore.acquire', () => new Semaphore(), takeTwice],
    [
      'CapacityLimiter.acquire',
      () => new CapacityLimiter(0),
      (limiter: CapacityLimiter) => limiter.acquire(),
    ],
    ['Event.wait', () => new Event(), (event: Event) => event.wait()],
    [
      'Condition.wait',
      () => new Condition(),
      (condition: Condition) => condition.with(() => condition.wait()),
    ],
    ['Queue.get', () => new Queue(), (queue: Queue<number>) => queue.get()],
    ['Queue.put', () => fullQueue(), (queue: Queue<number>) => queue.put(1)],
    ['Queue.join', () => fullQueue(), (queue: Queue<number>) => queue.join()],
  ];

  test.each(waits)('%s', (call, make, wait) => {
    const one = make();
    inLoop(function* () {
      const waiter = createTask(wait(one as never));
      yield* passes(1);
      waiter.cancel();
      yield* passes(2);
    });
    inLoop(function* () {
      const error = yield* raised(wait(one as never));
      expect(error).toBeInstanceOf(RuntimeError);
      expect(error.message).toContain(`${call}(): <${call.split('.')[0]}`);
      expect(error.message).toContain('is bound to a different event loop: it was first waited for on');
      expect(error.message).toContain('<EventLoop closed>, and this is <EventLoop running>');
    });
  });

  test('a wait that is refused changes nothing: the lock of a condition stays held', () => {
    const condition = new Condition();
    const wait = () => condition.with(() => condition.wait());
    inLoop(function* () {
      const waiter = createTask(wait());
      yield* passes(1);
      waiter.cancel();
      yield* passes(2);
    });
    inLoop(function* () {
      yield* condition.acquire();
      const other = createTask(condition.acquire());
      yield* passes(1);
      expect(yield* raised(condition.wait())).toBeInstanceOf(RuntimeError);
      expect(condition.locked()).toBe(true);
      yield* passes(2);
      expect(other.done()).toBe(false);
      condition.release();
      yield* other;
    });
  });

  test('a wait that is refused changes nothing: the borrower of a limiter does not count as waiting', () => {
    const limiter = new CapacityLimiter(0);
    inLoop(function* () {
      const waiter = createTask(limiter.acquire());
      yield* passes(1);
      waiter.cancel();
      yield* passes(2);
    });
    inLoop(function* () {
      expect(yield* raised(limiter.acquireOnBehalfOf('job'))).toBeInstanceOf(RuntimeError);
      limiter.totalTokens = 1;
      expect(limiter.tryAcquireOnBehalfOf('job')).toBe(true);
    });
  });

  test('what need not be waited for belongs to no loop', () => {
    const lock = new Lock();
    for (let i = 0; i < 2; i++) inLoop(() => lock.with(() => passes(1)));
    const queue = new Queue<number>();
    queue.putNowait(1);
    expect(inLoop(() => queue.get())).toBe(1);
  });

  test('outside of a running loop nobody can wait', () => {
    const event = new Event();
    expect(() => event.wait().next()).toThrow('Event.wait(): no event loop is running');
    expect(String(event)).toBe('<Event [unset]>');
  });

  test('a wait can be ended while the loop does not run', () => {
    const loop = new EventLoop({ kernel: new FakeKernel() });
    const event = new Event();
    const waiter = loop.createTask(event.wait());
    loop.run(() => passes(1));
    event.set();
    expect(loop.runUntilComplete(waiter)).toBe(true);
    loop.close();
  });
});

function* takeTwice(one: Lock | Semaphore): Coroutine<void> {
  const left = one.locked() ? 1 : 2;
  for (let i = 0; i < left; i++) yield* one.acquire();
}

function fullQueue(): Queue<number> {
  const queue = new Queue<number>(1);
  queue.putNowait(1);
  return queue;
}
