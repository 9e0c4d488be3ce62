/** Barrier against a model: which tasks wait, and whether it is broken. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Barrier } from '../../../src/sync/barrier.ts';
import { Actors, type Fate, holdsFor } from './random-programs.ts';
import { untilIdle } from './virtual.ts';

/** What happens to those who wait, then newcomers, all in one pass. */
interface Round {
  readonly before: readonly ('reset' | 'abort' | { readonly cancel: number })[];
  readonly newcomerCount: number;
}

const rounds: fc.Arbitrary<Round[]> = fc.array(
  fc.record({
    before: fc.array(
      fc.oneof(
        { weight: 1, arbitrary: fc.constantFrom('reset' as const, 'abort' as const) },
        { weight: 3, arbitrary: fc.record({ cancel: fc.nat(50) }) },
      ),
      { maxLength: 4 },
    ),
    newcomerCount: fc.nat(5),
  }),
  { maxLength: 15 },
);

class Model {
  readonly fates: Fate[] = [];
  waiting: number[] = [];
  broken = false;
  /** Sent away, and not gone yet: they can still be cancelled. */
  private leaving: number[] = [];
  private readonly parties: number;

  constructor(parties: number) {
    this.parties = parties;
  }

  /** Comes to the barrier; the last one takes the others along. */
  wait(): void {
    const who = this.fates.length;
    this.fates.push(this.broken ? 'BrokenBarrierError' : 'waiting');
    if (this.broken) return;
    this.waiting.push(who);
    if (this.waiting.length < this.parties) return;
    for (const one of this.waiting.splice(0)) this.fates[one] = true;
  }

  cancel(which: number): void {
    if (this.fates[which] !== 'waiting') return;
    this.fates[which] = 'cancelled';
    this.waiting = this.waiting.filter((one) => one !== which);
    this.leaving = this.leaving.filter((one) => one !== which);
  }

  change(broken: boolean): void {
    this.broken = broken;
    this.leaving.push(...this.waiting.splice(0));
  }

  leave(): void {
    for (const who of this.leaving.splice(0)) this.fates[who] = 'BrokenBarrierError';
  }
}

test('Barrier', () => {
  holdsFor(fc.tuple(fc.integer({ min: 1, max: 4 }), rounds), function* ([parties, all]) {
    const barrier = new Barrier(parties);
    const model = new Model(parties);
    const actors = new Actors();
    const indexes: number[] = [];
    for (const { before, newcomerCount } of all) {
      for (const one of before) {
        if (typeof one === 'object') model.cancel(actors.cancel(one.cancel));
        else {
          yield* one === 'reset' ? barrier.reset() : barrier.abort();
          model.change(one === 'abort');
        }
      }
      model.leave();
      for (let i = 0; i < newcomerCount; i++) {
        model.wait();
        actors.start(
          (function* () {
            indexes.push(yield* barrier.wait());
            return true;
          })(),
        );
      }
      yield* untilIdle();
      expect(actors.fates()).toEqual(model.fates);
      expect(barrier.broken).toBe(model.broken);
      expect(barrier.nWaiting).toBe(model.waiting.length);
      expectRounds(indexes.splice(0), parties);
    }
    yield* actors.end();
    expect(barrier.nWaiting).toBe(0);
  });
});

/** Tasks pass in groups, one after the other; in each every index occurs once. */
function expectRounds(indexes: readonly number[], parties: number): void {
  expect(indexes.length % parties).toBe(0);
  for (let start = 0; start < indexes.length; start += parties) {
    expect(new Set(indexes.slice(start, start + parties)).size).toBe(parties);
  }
}
