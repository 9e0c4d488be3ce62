/**
 * What a waiter, a hook or a callback throws ends that one, is reported with its descriptor, and the run goes
 * on.
 */
import { describe, expect, test } from 'vitest';
import { type Coroutine, createTask, KeyboardInterrupt, sleep } from '../../src/index.ts';
import { formatExceptionContext } from '../../src/loop/exception-context.ts';
import type { ReadinessWaiter } from '../../src/loop/readiness-waiter.ts';
import type { Receiver } from '../../src/loop/receive-batch.ts';
import { pair, realLoop } from '../integration/loop/real-loop.ts';
import { failOnFdLeaks } from '../support/fd-leaks.ts';
import { caught } from '../unit/loop/virtual-loop.ts';

failOnFdLeaks();

/** A waiter that throws whenever it is told, and remembers how it was ended. */
class Broken implements ReadinessWaiter, Receiver {
  readonly reader = this;
  readonly persistent: boolean;
  readonly receiveByteCount: number;
  endedBy: Error | null = null;

  constructor(options: { persistent: boolean; receiveByteCount: number }) {
    this.persistent = options.persistent;
    this.receiveByteCount = options.receiveByteCount;
  }

  ready(): void {
    throw new TypeError('a mistake');
  }

  received(): void {
    throw new TypeError('a mistake');
  }

  closed(error: Error): void {
    this.endedBy = error;
  }

  describe(): string {
    return 'the broken waiter';
  }
}

describe('a waiter that throws', () => {
  for (const persistent of [true, false]) {
    for (const receiveByteCount of [0, 100]) {
      test(`persistent ${persistent}, ${receiveByteCount} bytes received for it: is ended; the others get their own bytes`, () => {
        const { loop, takeReports } = realLoop();
        const pairs = Array.from({ length: 8 }, () => pair());
        const brokenIndex = 3;
        const waiter = new Broken({ persistent, receiveByteCount });
        const slot = loop.io.slotOfSocket(pairs[brokenIndex]?.[0] as never, 'test');
        loop.io.setReader(slot, waiter);
        slot.receiver = waiter;
        const answers = loop.run(function* (): Coroutine<string[]> {
          const tasks = pairs
            .filter((_, index) => index !== brokenIndex)
            .map(([near]) =>
              createTask(
                (function* () {
                  return String(yield* loop.sockRecv(near, 100));
                })(),
              ),
            );
          yield* sleep(1);
          for (const [index, [, far]] of pairs.entries()) far.sendall(Buffer.from(`for ${index}`));
          const texts: string[] = [];
          for (const task of tasks) texts.push(yield* task);
          return texts;
        });
        expect(answers).toEqual([0, 1, 2, 4, 5, 6, 7].map((index) => `for ${index}`));
        expect(waiter.endedBy?.message).toBe('a mistake');
        const reports = takeReports();
        expect(reports.map(({ exception }) => String(exception))).toEqual(['TypeError: a mistake']);
        expect(reports[0]?.message).toContain('the broken waiter');
        expect(reports[0]?.message).toContain(`fd=${slot.fd}`);
        expect(slot.reader).toBeNull();
      });
    }
  }

  test('a writer, too', () => {
    const { loop, takeReports } = realLoop();
    const [near] = pair();
    const waiter = new Broken({ persistent: true, receiveByteCount: 0 });
    const slot = loop.io.slotOfSocket(near, 'test');
    loop.io.setWriter(slot, waiter);
    loop.run(() => sleep(5));
    expect([slot.writer, waiter.endedBy?.message]).toEqual([null, 'a mistake']);
    expect(takeReports()).toHaveLength(1);
  });
});

test('something in the ready queue that throws is reported; what is behind it runs', () => {
  const { loop, takeReports } = realLoop();
  const log: string[] = [];
  const broken = {
    runReady() {
      throw new Error('unexpected');
    },
  };
  loop.run(function* () {
    loop.ready.push(broken);
    loop.callSoon(() => log.push('after'));
    yield* sleep(1);
  });
  expect(log).toEqual(['after']);
  expect(takeReports().map(({ exception }) => String(exception))).toEqual(['Error: unexpected']);
});

test('an instrument that throws is reported once and removed, and nothing else changes', () => {
  const { loop, takeReports } = realLoop({ debug: true });
  loop.slowCallbackDurationMs = 0;
  const throwing = (): never => {
    throw new Error('an instrument');
  };
  for (const point of ['socketCall', 'selectorEvent', 'slowStep']) loop.addInstrument({ [point]: throwing });
  const [near, far] = pair();
  const text = loop.run(function* (): Coroutine<string> {
    const receiving = createTask(
      (function* () {
        return String(yield* loop.sockRecv(near, 100));
      })(),
    );
    yield* sleep(1);
    far.sendall(Buffer.from('hello'));
    return yield* receiving;
  });
  expect(text).toBe('hello');
  const messages = takeReports().map(({ message }) => message);
  const expected = ['socketCall', 'selectorEvent', 'slowStep'].map(
    (name) => `Exception in the instrument's ${name}(); the instrument was removed`,
  );
  expect(messages.toSorted()).toEqual(expected.toSorted());
  expect(loop.instruments).toBeNull();
});

test('an interrupt raised by an instrument still ends the run', () => {
  const { loop } = realLoop();
  loop.addInstrument({
    socketCall: () => {
      throw new KeyboardInterrupt('stop');
    },
  });
  const [near] = pair();
  const error = caught(() => loop.run(() => loop.sockRecv(near, 1) as never));
  expect(error).toBeInstanceOf(KeyboardInterrupt);
});

test('close() releases everything, whatever one part throws, and then throws that', () => {
  const { loop } = realLoop();
  const log: string[] = [];
  loop.closeActions.push(
    () => log.push('first added'),
    () => {
      throw new Error('a part');
    },
  );
  expect(() => loop.close()).toThrow('a part');
  expect([loop.isClosed(), log]).toEqual([true, ['first added']]);
});

test('an error without a text of its own is printed all the same', () => {
  const bare: unknown = Object.create(null);
  const context = { message: 'nobody caught this', exception: bare, task: bare as object };
  expect(formatExceptionContext(context)).toBe(
    'nobody caught this\ntask: [Object: null prototype] {}\nraised: [Object: null prototype] {}',
  );
  expect(formatExceptionContext({ message: 'nor this', exception: undefined })).toBe(
    'nor this\nraised: undefined',
  );
});
