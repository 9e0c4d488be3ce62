/**
 * Condition against a model: which tasks wait, which were notified, and where the notification of a cancelled
 * one goes.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Coroutine } from '../../../src/coroutines/coroutine.ts';
import { Condition } from '../../../src/sync/condition.ts';
import { Actors, batchesOf, type Fate, holdsFor } from './random-programs.ts';
import { passes, untilIdle } from './virtual.ts';

/** `pass` lets a pass go by with the lock held, so that those notified are waiting for the lock. */
type Operation = 'pass' | { readonly notify: number } | { readonly cancel: number };

const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.constant<Operation>('pass'),
  fc.record({ notify: fc.nat(3) }),
  fc.record({ cancel: fc.nat(50) }),
);

class Model {
  readonly fates: Fate[] = [];
  private notified = new Set<number>();
  private toPassOn = 0;

  add(count: number): void {
    for (let i = 0; i < count; i++) this.fates.push('waiting');
  }

  notify(count: number): void {
    const left = this.fates.flatMap((fate, one) =>
      fate === 'waiting' && !this.notified.has(one) ? [one] : [],
    );
    for (const one of left.slice(0, count)) this.notified.add(one);
  }

  cancel(which: number): void {
    if (this.fates[which] !== 'waiting') return;
    this.fates[which] = 'cancelled';
    if (this.notified.delete(which)) this.toPassOn++;
  }

  settle(): void {
    this.notify(this.toPassOn);
    this.toPassOn = 0;
    for (const one of this.notified) this.fates[one] = true;
    this.notified.clear();
  }
}

test('Condition', () => {
  const programs = batchesOf(operation).chain((batches) =>
    fc.tuple(
      fc.constant(batches),
      fc.array(fc.nat(3), { minLength: batches.length, maxLength: batches.length }),
    ),
  );
  holdsFor(programs, function* ([batches, newcomers]) {
    const condition = new Condition();
    const actors = new Actors();
    const model = new Model();
    for (const [index, batch] of batches.entries()) {
      const count = newcomers[index] ?? 0;
      for (let i = 0; i < count; i++) actors.start(condition.with(() => condition.wait()));
      model.add(count);
      yield* untilIdle();
      yield* condition.with(() => play(batch, condition, actors, model));
      yield* untilIdle();
      model.settle();
      expect(actors.fates()).toEqual(model.fates);
      expect(condition.locked()).toBe(false);
    }
    yield* actors.end();
    expect(String(condition)).toBe('<Condition [unlocked]>');
  });
});

function* play(
  batch: readonly Operation[],
  condition: Condition,
  actors: Actors,
  model: Model,
): Coroutine<void> {
  for (const one of batch) {
    if (one === 'pass') yield* passes(1);
    else if ('notify' in one) {
      condition.notify(one.notify);
      model.notify(one.notify);
    } else model.cancel(actors.cancel(one.cancel));
    expect(condition.locked()).toBe(true);
  }
}
