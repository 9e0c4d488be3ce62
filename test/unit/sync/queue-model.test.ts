/** Queue against a model of three lists: items, those who want one, those who have one to put. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Coroutine } from '../../../src/coroutines/coroutine.ts';
import { Queue } from '../../../src/sync/queue.ts';
import { Actors, batchesOf, type Fate, fateOfCall, holdsFor } from './random-programs.ts';
import { untilIdle } from './virtual.ts';

type Operation = 'get' | 'put' | 'getNowait' | 'putNowait' | 'taskDone' | { readonly cancel: number };

const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.constantFrom<Operation[]>('get', 'put', 'getNowait', 'putNowait', 'taskDone'),
  fc.record({ cancel: fc.nat(50) }),
);

class Model {
  readonly fates: Fate[] = [];
  readonly items: number[] = [];
  unfinished = 0;
  ended = false;
  private getters: number[] = [];
  private putters: { readonly who: number; readonly item: number }[] = [];
  private readonly maxsize: number;

  constructor(maxsize: number) {
    this.maxsize = maxsize;
  }

  get(): void {
    this.getters.push(this.fates.length);
    this.fates.push('waiting');
  }

  put(item: number): void {
    this.putters.push({ who: this.fates.length, item });
    this.fates.push('waiting');
  }

  getNowait(): Fate {
    return this.items.shift() ?? (this.ended ? 'QueueShutDown' : 'QueueEmpty');
  }

  putNowait(item: number): Fate {
    if (this.ended) return 'QueueShutDown';
    if (!this.hasRoom()) return 'QueueFull';
    this.add(item);
    return undefined;
  }

  taskDone(): Fate {
    if (this.unfinished === 0) return 'RangeError';
    this.unfinished--;
    return undefined;
  }

  cancel(which: number): void {
    if (this.fates[which] !== 'waiting') return;
    this.fates[which] = 'cancelled';
    this.getters = this.getters.filter((one) => one !== which);
    this.putters = this.putters.filter(({ who }) => who !== which);
  }

  shutdown(immediate: boolean): void {
    this.ended = true;
    // More may have been reported done than were got.
    if (immediate) this.unfinished = Math.max(this.unfinished - this.items.splice(0).length, 0);
  }

  settle(): void {
    for (let moved = true; moved; ) {
      moved = false;
      if (this.items.length > 0 && this.getters.length > 0) {
        this.fates[this.getters.shift() as number] = this.items.shift();
        moved = true;
      }
      const putter = this.ended || !this.hasRoom() ? undefined : this.putters.shift();
      if (putter !== undefined) {
        this.add(putter.item);
        this.fates[putter.who] = undefined;
        moved = true;
      }
    }
    if (!this.ended) return;
    for (const who of this.getters.splice(0)) this.fates[who] = 'QueueShutDown';
    for (const { who } of this.putters.splice(0)) this.fates[who] = 'QueueShutDown';
  }

  toString(): string {
    const parts = [`Queue maxsize=${this.maxsize}`];
    if (this.items.length > 0) parts.push(`_queue=[${this.items.join(', ')}]`);
    if (this.getters.length > 0) parts.push(`_getters[${this.getters.length}]`);
    if (this.putters.length > 0) parts.push(`_putters[${this.putters.length}]`);
    if (this.unfinished > 0) parts.push(`tasks=${this.unfinished}`);
    return `<${parts.join(' ')}${this.ended ? ' shutdown' : ''}>`;
  }

  private hasRoom(): boolean {
    return this.maxsize === 0 || this.items.length < this.maxsize;
  }

  private add(item: number): void {
    this.items.push(item);
    this.unfinished++;
  }
}

test('Queue', () => {
  const programs = fc.record({
    maxsize: fc.nat(3),
    batches: batchesOf(operation),
    end: fc.constantFrom('never', 'soon', 'at once'),
    afterwards: batchesOf(operation),
  });
  holdsFor(programs, function* ({ maxsize, batches, end, afterwards }) {
    const queue = new Queue<number>(maxsize);
    const model = new Model(maxsize);
    const actors = new Actors();
    let lastItem = 0;
    const check = function* (): Coroutine<void> {
      yield* untilIdle();
      model.settle();
      expect(actors.fates()).toEqual(model.fates);
      // Ten items are shown, no more.
      if (model.items.length <= 10) expect(String(queue)).toBe(String(model));
    };
    const play = function* (all: readonly Operation[][]): Coroutine<void> {
      for (const batch of all) {
        for (const one of batch) perform(one, queue, model, actors, ++lastItem);
        yield* check();
      }
    };
    yield* play(batches);
    if (end !== 'never') {
      queue.shutdown(end === 'at once');
      model.shutdown(end === 'at once');
      yield* check();
    }
    yield* play(afterwards);
    yield* actors.end();
    expect(String(queue)).not.toMatch(/getters|putters/);
  });
});

function perform(one: Operation, queue: Queue<number>, model: Model, actors: Actors, item: number): void {
  if (typeof one === 'object') model.cancel(actors.cancel(one.cancel));
  else if (one === 'get') {
    model.get();
    actors.start(queue.get());
  } else if (one === 'put') {
    model.put(item);
    actors.start(queue.put(item) as Coroutine<undefined>);
  } else {
    const calls: Record<typeof one, [() => Fate, () => Fate]> = {
      getNowait: [() => queue.getNowait(), () => model.getNowait()],
      putNowait: [() => queue.putNowait(item) as undefined, () => model.putNowait(item)],
      taskDone: [() => queue.taskDone() as undefined, () => model.taskDone()],
    };
    const [real, expected] = calls[one];
    expect(fateOfCall(real)).toBe(expected());
  }
}
