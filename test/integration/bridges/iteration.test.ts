/** `for await` and each(): theirs in a coroutine, ours in async code; events as a queue. */
import { EventEmitter, on } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import {
  ClosedResourceError,
  type Coroutine,
  createTask,
  eachOf,
  fromNodeStream,
  fromPromise,
  moveOnAfter,
  Queue,
  QueueShutDown,
  queueOfEvents,
  run,
  runGuest,
  sleep,
  toAsyncIterable,
} from '../../../src/index.ts';

describe('eachOf', () => {
  it('runs its body for each item, one after the other', async () => {
    const seen: string[] = [];
    await runGuest(function* () {
      yield* eachOf(Readable.from(['a', 'b', 'c']), function* (item: string) {
        seen.push(`${item} begins`);
        yield* sleep(1);
        seen.push(`${item} ends`);
      });
    });
    expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });

  it('tells the iterable when the body throws, or the await is cancelled', async () => {
    const ended: string[] = [];
    async function* items(name: string): AsyncGenerator<number> {
      try {
        for (let i = 0; ; i++) {
          await pause(1);
          yield i;
        }
      } finally {
        ended.push(name);
      }
    }
    await runGuest(function* () {
      yield* moveOnAfter(20, () => eachOf(items('cancelled'), () => sleep(1)));
      let failure: unknown;
      try {
        yield* eachOf(items('thrown'), function* (i) {
          yield* sleep(0);
          if (i === 2) throw new RangeError('enough');
        });
      } catch (error) {
        failure = error;
      }
      expect(failure).toEqual(new RangeError('enough'));
      while (ended.length < 2) yield* sleep(1);
    });
    expect(ended.sort()).toEqual(['cancelled', 'thrown']);
  });

  it('throws what the iterable throws, and refuses what is none', async () => {
    async function* failing(): AsyncGenerator<number> {
      yield 1;
      throw new RangeError('from the iterable');
    }
    await expect(runGuest(() => eachOf(failing(), () => sleep(0)))).rejects.toThrow('from the iterable');
    await expect(runGuest(() => eachOf(3 as never, () => sleep(0)))).rejects.toThrow(
      'an async iterable is needed, got number 3',
    );
  });

  it.skipIf(process.env.SELECTLOOP_TEST_DRIVER === 'guest')('raises in a blocking run', () => {
    expect(() => run(eachOf([1], () => sleep(0)))).toThrow(/A Promise cannot settle while run\(\) blocks/);
  });
});

describe('toAsyncIterable', () => {
  it('gives what queue.each and reader.lines give', async () => {
    await runGuest(async () => {
      const queue = new Queue<number>();
      for (const i of [1, 2, 3]) queue.putNowait(i);
      queue.shutdown();
      const items: number[] = [];
      for await (const item of toAsyncIterable<number>((body) => queue.each(body))) items.push(item);
      expect(items).toEqual([1, 2, 3]);
      const source = new PassThrough();
      source.end('a\nb\n');
      const [reader] = fromNodeStream(source);
      const lines: string[] = [];
      for await (const line of toAsyncIterable<Buffer>((body) => reader.lines(body)))
        lines.push(String(line));
      expect(lines).toEqual(['a\n', 'b\n']);
    });
  });

  it('asks for no item before the consumer does, and is cancelled when the loop is left', async () => {
    await runGuest(async () => {
      let made = 0;
      let ended = false;
      function* endless(body: (item: number) => Coroutine<void>): Coroutine<void> {
        try {
          for (;;) yield* body(made++);
        } finally {
          ended = true;
        }
      }
      for await (const item of toAsyncIterable(endless)) {
        await pause(5);
        expect(made).toBe(item + 1);
        if (item === 3) break;
      }
      await createTask(sleep(0));
      expect(ended).toBe(true);
    });
  });

  it('rejects with what each throws', async () => {
    await runGuest(async () => {
      const iterable = toAsyncIterable<number>(function* (body) {
        yield* body(1);
        throw new RangeError('after one');
      });
      expect(await iterable.next()).toEqual({ done: false, value: 1 });
      await expect(iterable.next()).rejects.toThrow('after one');
      expect(await iterable.next()).toEqual({ done: true, value: undefined });
    });
  });
});

describe('queueOfEvents', () => {
  it('keeps events in order while its reader is busy, and ends by endOn', async () => {
    const seen = await runGuest(function* () {
      const emitter = new EventEmitter();
      const taken: unknown[] = [];
      using events = queueOfEvents<[string, number]>(emitter, 'item', { endOn: ['close'] });
      for (let i = 0; i < 3; i++) emitter.emit('item', 'x', i);
      const taking = createTask(
        events.each(function* (name, i) {
          taken.push([name, i]);
          yield* sleep(1);
        }),
      );
      yield* sleep(2);
      emitter.emit('item', 'last', 9);
      emitter.emit('close');
      yield* taking;
      expect(emitter.listenerCount('item')).toBe(0);
      expect(emitter.listenerCount('error')).toBe(0);
      return taken;
    });
    expect(seen).toEqual([
      ['x', 0],
      ['x', 1],
      ['x', 2],
      ['last', 9],
    ]);
  });

  it('gives what was kept, then the error of an error event, QueueShutDown, or ClosedResourceError', () => {
    run(function* () {
      for (const [end, expected] of [
        [(emitter) => emitter.emit('error', new RangeError('broken')), RangeError],
        [(emitter) => emitter.emit('end'), QueueShutDown],
        [(_emitter, queue) => queue.close(), ClosedResourceError],
      ] as [(emitter: EventEmitter, queue: { close(): void }) => void, new (...args: never[]) => Error][]) {
        const emitter = new EventEmitter();
        const queue = queueOfEvents(emitter, 'item', { endOn: ['end'] });
        emitter.emit('item', 1);
        end(emitter, queue);
        expect(yield* queue.get()).toEqual([1]);
        let failure: unknown;
        try {
          yield* queue.get();
        } catch (error) {
          failure = error;
        }
        expect(failure).toBeInstanceOf(expected);
        expect(String(queue)).toBe("<EventQueue of 'item' ended size=0>");
      }
    });
  });

  it('pauses an emitter that can be paused while maxsize events wait', async () => {
    await runGuest(function* () {
      const source = Readable.from(Array.from({ length: 50 }, (_, i) => i));
      using events = queueOfEvents<[number]>(source, 'data', { endOn: ['end'], maxsize: 5 });
      yield* sleep(5);
      expect(events.size).toBe(5);
      expect(source.isPaused()).toBe(true);
      const taken: number[] = [];
      yield* events.each((item) => void taken.push(item));
      expect(taken).toEqual(Array.from({ length: 50 }, (_, i) => i));
    });
    expect(() => queueOfEvents(new EventEmitter(), 'x', { maxsize: 5 })).toThrow(/has no pause\(\)/);
    expect(() => queueOfEvents({} as EventEmitter, 'x')).toThrow(/an EventEmitter is needed/);
  });

  it('a get that is cancelled takes no event', async () => {
    await runGuest(function* () {
      const emitter = new EventEmitter();
      using events = queueOfEvents<[number]>(emitter, 'item');
      yield* moveOnAfter(2, () => events.get());
      emitter.emit('item', 1);
      expect(yield* events.get()).toEqual([1]);
      yield* fromPromise(Promise.resolve());
    });
  });

  it('serves beside events.on, which eachOf reads', async () => {
    const seen: unknown[] = [];
    await runGuest(function* () {
      const emitter = new EventEmitter();
      const controller = new AbortController();
      const reading = createTask(
        eachOf(on(emitter, 'item', { signal: controller.signal }), function* ([item]: unknown[]) {
          seen.push(item);
          yield* sleep(0);
        }),
      );
      yield* sleep(1);
      emitter.emit('item', 'a');
      emitter.emit('item', 'b');
      while (seen.length < 2) yield* sleep(1);
      reading.cancel();
      while (!reading.done()) yield* sleep(1);
      expect(reading.cancelled()).toBe(true);
      expect(emitter.listenerCount('item')).toBe(0);
    });
    expect(seen).toEqual(['a', 'b']);
  });
});
