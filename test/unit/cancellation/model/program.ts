/**
 * Random programs of scopes, shields, groups and sleeps, with cancels from outside at random times. All
 * durations differ in a way that no two sums of them are equal, so that no two things happen at the same time
 * unless one causes the other: the reference need not know in which order a loop looks at simultaneous
 * events.
 */
import fc from 'fast-check';

export type Program =
  | { readonly kind: 'sleep'; readonly id: number; readonly ms: number }
  /** A wait whose result and a cancel of the waiting task come in the same moment. */
  | { readonly kind: 'gate'; readonly id: number; readonly ms: number }
  /** Fails after a sleep: at a time of its own. */
  | { readonly kind: 'fail'; readonly id: number; readonly ms: number }
  | { readonly kind: 'seq'; readonly parts: readonly Program[] }
  | {
      readonly kind: 'scope';
      readonly id: number;
      readonly shield: boolean;
      readonly deadlineMs: number | null;
      readonly body: Program;
    }
  | { readonly kind: 'timeout'; readonly id: number; readonly ms: number; readonly body: Program }
  | {
      readonly kind: 'group';
      readonly id: number;
      readonly tasks: readonly Program[];
      readonly body: Program;
    }
  /** Swallows CancelledError. */
  | { readonly kind: 'refuse'; readonly body: Program }
  | { readonly kind: 'finally'; readonly body: Program; readonly cleanup: Program };

/** A cancel from outside. */
export interface Cancel {
  readonly atMs: number;
  /** Which: counted over the program's scopes, or its tasks, as they are numbered. */
  readonly target: { readonly kind: 'scope' | 'task'; readonly id: number };
}

export interface Scenario {
  readonly program: Program;
  readonly cancels: readonly Cancel[];
}

type Shape =
  | { readonly kind: 'sleep'; readonly base: number }
  | { readonly kind: 'gate'; readonly base: number }
  | { readonly kind: 'timeout'; readonly base: number; readonly body: Shape }
  | { readonly kind: 'fail'; readonly base: number }
  | { readonly kind: 'seq'; readonly parts: readonly Shape[] }
  | {
      readonly kind: 'scope';
      readonly shield: boolean;
      readonly deadline: number | null;
      readonly body: Shape;
    }
  | { readonly kind: 'group'; readonly tasks: readonly Shape[]; readonly body: Shape }
  | { readonly kind: 'refuse'; readonly body: Shape }
  | { readonly kind: 'finally'; readonly body: Shape; readonly cleanup: Shape };

const { shape } = fc.letrec<{ shape: Shape }>((tie) => {
  const base = fc.integer({ min: 1, max: 30 });
  const sleep = fc.record({ kind: fc.constant('sleep' as const), base });
  return {
    shape: fc.oneof(
      { maxDepth: 5, depthSize: 'small', withCrossShrink: true },
      { weight: 4, arbitrary: sleep },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('fail' as const), base }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('gate' as const), base }) },
      {
        weight: 3,
        // Half of them pass at once: that is when the requests of others are still to be raised.
        arbitrary: fc.record({
          kind: fc.constant('timeout' as const),
          base: fc.oneof(fc.constant(0), base),
          body: tie('shape'),
        }),
      },
      {
        weight: 4,
        arbitrary: fc.record({
          kind: fc.constant('seq' as const),
          parts: fc.array(tie('shape'), { minLength: 1, maxLength: 3 }),
        }),
      },
      {
        weight: 5,
        arbitrary: fc.record({
          kind: fc.constant('scope' as const),
          shield: fc.boolean(),
          deadline: fc.option(base),
          body: tie('shape'),
        }),
      },
      {
        weight: 4,
        arbitrary: fc.record({
          kind: fc.constant('group' as const),
          tasks: fc.array(tie('shape'), { maxLength: 3 }),
          body: tie('shape'),
        }),
      },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('refuse' as const), body: tie('shape') }) },
      {
        weight: 2,
        arbitrary: fc.record({
          kind: fc.constant('finally' as const),
          body: tie('shape'),
          cleanup: tie('shape'),
        }),
      },
    ),
  };
});

const cancelShape = fc.record({
  base: fc.integer({ min: 0, max: 60 }),
  kind: fc.constantFrom('scope' as const, 'scope' as const, 'task' as const),
  pick: fc.nat(),
});

export const scenarios: fc.Arbitrary<Scenario> = fc
  .record({ shape, cancels: fc.array(cancelShape, { maxLength: 4 }) })
  .map(({ shape: drawn, cancels }) => {
    const numbering = new Numbering();
    const program = numbering.number(drawn);
    return {
      program,
      cancels: cancels.flatMap(({ base, kind, pick }): Cancel[] => {
        const count = kind === 'scope' ? numbering.scopeCount : numbering.taskCount;
        if (count === 0) return [];
        return [{ atMs: numbering.duration(base), target: { kind, id: pick % count } }];
      }),
    };
  });

/** Numbers the parts of a program, and makes its durations incommensurable. */
class Numbering {
  scopeCount = 0;
  /** The main task is number 0. */
  taskCount = 1;
  private groupDepth = 0;
  private stepCount = 0;
  private durationCount = 0;

  /** About `base` milliseconds; the fractions are square roots of primes, of which no sums are equal. */
  duration(base: number): number {
    const fraction = Math.sqrt(nthPrime(this.durationCount++));
    return base + 0.001 + (fraction - Math.floor(fraction)) * 0.9;
  }

  number(drawn: Shape): Program {
    switch (drawn.kind) {
      case 'sleep':
        return { kind: 'sleep', id: this.stepCount++, ms: this.duration(drawn.base) };
      case 'fail':
        return { kind: 'fail', id: this.stepCount++, ms: this.duration(drawn.base) };
      case 'gate':
        return { kind: 'gate', id: this.stepCount++, ms: this.duration(drawn.base) };
      case 'timeout': {
        const id = this.stepCount++;
        // Not in groups: what tasks do in the moment of their start depends on their order.
        const ms = drawn.base === 0 && this.groupDepth === 0 ? 0 : this.duration(drawn.base);
        return { kind: 'timeout', id, ms, body: this.number(drawn.body) };
      }
      case 'seq':
        return { kind: 'seq', parts: drawn.parts.map((part) => this.number(part)) };
      case 'scope':
        return {
          kind: 'scope',
          id: this.scopeCount++,
          shield: drawn.shield,
          deadlineMs: drawn.deadline === null ? null : this.duration(drawn.deadline),
          body: this.number(drawn.body),
        };
      case 'group': {
        const id = this.taskCount;
        this.taskCount += drawn.tasks.length;
        this.groupDepth++;
        const tasks = drawn.tasks.map((task) => this.number(task));
        const body = this.number(drawn.body);
        this.groupDepth--;
        return { kind: 'group', id, tasks, body };
      }
      case 'refuse':
        return { kind: 'refuse', body: this.number(drawn.body) };
      case 'finally':
        return { kind: 'finally', body: this.number(drawn.body), cleanup: this.number(drawn.cleanup) };
    }
  }
}

const primes: number[] = [2];

function nthPrime(n: number): number {
  for (let candidate = (primes.at(-1) as number) + 1; primes.length <= n; candidate++) {
    if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate);
  }
  return primes[n] as number;
}
