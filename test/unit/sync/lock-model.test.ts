/** Lock, Semaphore and CapacityLimiter against the same model: a number of permits and a queue. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Coroutine } from '../../../src/coroutines/coroutine.ts';
import { CapacityLimiter } from '../../../src/sync/capacity-limiter.ts';
import { Lock } from '../../../src/sync/lock.ts';
import { Semaphore } from '../../../src/sync/semaphore.ts';
import { Actors, batchesOf, type Fate, fateOfCall, holdsFor } from './random-programs.ts';
import { untilIdle } from './virtual.ts';

type Operation = 'acquire' | 'release' | { readonly cancel: number };

const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.constant<Operation>('acquire'),
  fc.constant<Operation>('acquire'),
  fc.constant<Operation>('release'),
  fc.record({ cancel: fc.nat(50) }),
);

/** Whoever asks first is first served; a cancelled one has never asked. */
class Model {
  readonly fates: Fate[] = [];
  private queue: number[] = [];
  permits: number;

  constructor(permits: number) {
    this.permits = permits;
  }

  acquire(): void {
    this.queue.push(this.fates.length);
    this.fates.push('waiting');
  }

  cancel(which: number): void {
    if (this.fates[which] !== 'waiting') return;
    this.fates[which] = 'cancelled';
    this.queue = this.queue.filter((one) => one !== which);
  }

  /** What there is once the loop is idle. */
  settle(): void {
    for (; this.permits > 0 && this.queue.length > 0; this.permits--) {
      this.fates[this.queue.shift() as number] = true;
    }
  }

  get waiting(): string {
    return this.queue.length === 0 ? '' : `, waiters:${this.queue.length}`;
  }
}

test('Lock', () => {
  holdsFor(batchesOf(operation), function* (batches) {
    const lock = new Lock();
    const model = new Model(1);
    yield* play(batches, lock, model, () => {
      const expected = model.permits === 1 ? 'RuntimeError' : undefined;
      model.permits = 1;
      expect(fateOfCall(() => lock.release() as undefined)).toBe(expected);
    });
  });
});

test('Semaphore', () => {
  const programs = fc.tuple(fc.nat(3), batchesOf(operation));
  holdsFor(programs, function* ([permits, batches]) {
    const semaphore = new Semaphore(permits);
    const model = new Model(permits);
    yield* play(batches, semaphore, model, () => {
      semaphore.release();
      model.permits++;
      expect(semaphore.value).toBeGreaterThanOrEqual(0);
    });
    expect(semaphore.value).toBe(model.permits);
  });
});

test('CapacityLimiter: as many borrowers as there are tokens, whatever the total is changed to', () => {
  const programs = fc.array(fc.record({ batch: fc.array(operation, { maxLength: 6 }), total: fc.nat(3) }), {
    maxLength: 12,
  });
  holdsFor(programs, function* (parts) {
    const limiter = new CapacityLimiter(1);
    const model = new Model(1);
    const actors = new Actors();
    const check = function* (): Coroutine<void> {
      yield* untilIdle();
      model.settle();
      expect(actors.fates()).toEqual(model.fates);
      expect(limiter.totalTokens - limiter.borrowedTokens).toBe(model.permits);
    };
    for (const { batch, total } of parts) {
      for (const one of batch) {
        if (one !== 'release')
          step(one, actors, model, () => limiter.acquireOnBehalfOf(model.fates.length - 1));
        else if (releaseOne(limiter, actors)) model.permits++;
      }
      yield* check();
      model.permits += total - limiter.totalTokens;
      limiter.totalTokens = total;
      yield* check();
    }
    yield* actors.end();
    expect(limiter.statistics().tasksWaiting).toBe(0);
  });
});

/** Gives back a token, unless nobody holds one, or who holds it has not noticed yet. */
function releaseOne(limiter: CapacityLimiter, actors: Actors): boolean {
  const [borrower] = limiter.statistics().borrowers;
  if (borrower === undefined || actors.fates()[borrower as number] === 'waiting') return false;
  limiter.releaseOnBehalfOf(borrower);
  return true;
}

function step(
  one: 'acquire' | { readonly cancel: number },
  actors: Actors,
  model: Model,
  acquire: () => Coroutine<boolean>,
): void {
  if (one === 'acquire') {
    model.acquire();
    actors.start(acquire());
  } else model.cancel(actors.cancel(one.cancel));
}

function* play(
  batches: readonly Operation[][],
  one: Lock | Semaphore,
  model: Model,
  release: () => void,
): Coroutine<void> {
  const actors = new Actors();
  for (const batch of batches) {
    for (const item of batch) {
      if (item === 'release') release();
      else step(item, actors, model, () => one.acquire());
    }
    yield* untilIdle();
    model.settle();
    expect(actors.fates()).toEqual(model.fates);
    expect(one.locked()).toBe(model.permits === 0);
    if (one.locked()) expect(String(one)).toBe(`<${one.constructor.name} [locked${model.waiting}]>`);
  }
  yield* actors.end();
  expect(String(one)).not.toContain('waiters');
}
