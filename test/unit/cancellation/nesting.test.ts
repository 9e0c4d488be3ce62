import { describe, expect, test } from 'vitest';
import { CancelScope } from '../../../src/cancellation/cancel-scope.ts';
import { moveOnAfter, shielded } from '../../../src/cancellation/deadlines.ts';
import { type CancelledError, type EventLoop, sleep } from '../../../src/index.ts';
import { failure, run } from './on-virtual-time.ts';

/** Milliseconds since `startMs`, for a log. */
function since(loop: EventLoop, startMs: number): number {
  return loop.time() - startMs;
}

describe('scopes in scopes', () => {
  test('the inner one ends alone; the outer one ends both', () => {
    run(function* (loop) {
      const startMs = loop.time();
      const outer = new CancelScope({ deadlineMs: startMs + 30 });
      const inner = new CancelScope({ deadlineMs: startMs + 10 });
      const second = new CancelScope();
      const log: unknown[] = [];
      yield* outer.run(function* () {
        yield* inner.run(() => sleep(1000));
        log.push(since(loop, startMs));
        yield* second.run(() => sleep(1000));
        log.push('not reached');
      });
      expect([...log, since(loop, startMs)]).toEqual([10, 30]);
      expect([outer, inner, second].map((scope) => scope.cancelledCaught)).toEqual([true, true, false]);
    });
  });

  test('of two that are cancelled the outer one absorbs', () => {
    run(function* () {
      const outer = new CancelScope();
      const inner = new CancelScope();
      yield* outer.run(() =>
        inner.run(function* () {
          inner.cancel('inner');
          outer.cancel('outer');
          expect(((yield* failure(() => sleep(1))) as CancelledError).reason).toBe('outer');
          yield* sleep(1);
        }),
      );
      expect([outer.cancelledCaught, inner.cancelledCaught]).toEqual([true, false]);
    });
  });

  test('the outer one is cancelled while the error of the inner one is on its way: both absorb, none is lost', () => {
    run(function* () {
      const outer = new CancelScope();
      const inner = new CancelScope();
      let between = false;
      yield* outer.run(function* () {
        yield* inner.run(function* () {
          inner.cancel();
          try {
            yield* sleep(1);
          } finally {
            outer.cancel();
          }
        });
        between = true;
        yield* sleep(1);
        between = false;
      });
      expect([inner.cancelledCaught, between, outer.cancelledCaught]).toEqual([true, true, true]);
    });
  });
});

describe('shields', () => {
  test('keep out the scopes around, not their own', () => {
    run(function* (loop) {
      const startMs = loop.time();
      const log: unknown[] = [];
      yield* moveOnAfter(10, function* () {
        yield* shielded(() => sleep(50));
        log.push(since(loop, startMs));
        yield* moveOnAfter(20, () => sleep(1000), { shield: true });
        log.push(since(loop, startMs));
        yield* shielded(() => moveOnAfter(20, () => sleep(1000)));
        log.push(since(loop, startMs));
        yield* sleep(0);
        log.push('not reached');
      });
      expect(log).toEqual([50, 70, 90]);
    });
  });

  test('lowered and raised while a task waits behind them', () => {
    run(function* (loop) {
      const startMs = loop.time();
      const shield = new CancelScope({ shield: true });
      loop.callLater(20, () => {
        shield.shield = false;
      });
      const log: unknown[] = [];
      yield* moveOnAfter(10, () =>
        shield.run(function* () {
          yield* failure(() => sleep(1000));
          log.push(since(loop, startMs));
          shield.shield = true;
          yield* sleep(30);
          log.push(since(loop, startMs));
          shield.shield = false;
          shield.shield = false;
          yield* sleep(1);
        }),
      );
      expect([log, since(loop, startMs)]).toEqual([[20, 50], 50]);
    });
  });
});

test('a deep tree is cancelled without recursion', () => {
  run(function* (loop) {
    const top = new CancelScope();
    const spread = 50;
    let ended = 0;
    const started = loop.time();
    function* nest(depth: number): Generator<never, void, unknown> {
      if (depth > 0) yield* new CancelScope().run(() => nest(depth - 1)) as Generator<never, void, unknown>;
      else yield* sleep(1000) as unknown as Generator<never, void, unknown>;
    }
    loop.callLater(10, () => top.cancel());
    yield* top.run(function* () {
      try {
        yield* nest(spread);
      } finally {
        ended++;
      }
    });
    expect([ended, top.cancelledCaught, loop.time() - started]).toEqual([1, true, 10]);
  });
});
