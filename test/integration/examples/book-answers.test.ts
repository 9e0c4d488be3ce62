/**
 * docs/book.md says what goes wrong in the book's loop, and what happens here instead. This is what it says.
 */
import {
  type Coroutine,
  createTask,
  type EventLoop,
  Future,
  getRunningLoop,
  OSError,
  run,
  sleep,
  type Task,
} from 'selectloop';
import { type Socket, socketpair } from 'selectloop/socket';
import { describe, expect, test } from 'vitest';
import { failOnFdLeaks } from '../../support/fd-leaks.ts';

failOnFdLeaks();

/** What runs must end by itself: the test runner cannot interrupt a loop that waits for ever. */
const LIMIT_MS = 5000;

/** Runs `body` with two connected pairs of sockets. Fails when it takes too long. */
function runWithPairs<T>(body: (a: [Socket, Socket], b: [Socket, Socket]) => Coroutine<T>): T {
  const pairs = [socketpair(), socketpair()] as const;
  for (const sock of pairs.flat()) sock.setblocking(false);
  try {
    return run(() => limited(body(...pairs)));
  } finally {
    for (const sock of pairs.flat()) sock.close();
  }
}

function* limited<T>(body: Coroutine<T>): Coroutine<T> {
  const task = createTask(body);
  const timer = getRunningLoop().callLater(LIMIT_MS, () => task.cancel('too late'));
  const result = yield* task;
  timer.cancel();
  return result;
}

describe("what goes wrong in the book's loop", () => {
  test('bytes for nobody wait for the next who asks, whatever else is awaited meanwhile', () => {
    const heard = runWithPairs(function* ([a, peerOfA], [b, peerOfB]) {
      const loop = getRunningLoop();
      peerOfA.send(Buffer.from('A1'));
      const first = yield* loop.sockRecv(a);
      loop.callLater(20, () => peerOfA.send(Buffer.from('A2')));
      loop.callLater(60, () => peerOfB.send(Buffer.from('B1')));
      const second = yield* loop.sockRecv(b);
      const third = yield* loop.sockRecv(a);
      return [first, second, third].map(String);
    });
    expect(heard).toEqual(['A1', 'B1', 'A2']);
  });

  test('main goes on when a task has set what it waits for, without any event', () => {
    const elapsedMs = runWithPairs(function* () {
      const loop = getRunningLoop();
      const answer = loop.createFuture<string>();
      const start = loop.time();
      createTask(setsSoon(answer));
      expect(yield* answer).toBe('now');
      return loop.time() - start;
    });
    expect(elapsedMs).toBeLessThan(200);
  });

  test('the end of a stream that nobody awaits is quiet, and told to the next who asks', () => {
    const [cpuMs, data] = runWithPairs(function* ([a, peerOfA]) {
      const loop = getRunningLoop();
      peerOfA.send(Buffer.from('x'));
      yield* loop.sockRecv(a);
      peerOfA.close();
      const before = process.cpuUsage();
      yield* sleep(300);
      const { user, system } = process.cpuUsage(before);
      return [(user + system) / 1000, yield* loop.sockRecv(a)] as const;
    });
    expect(cpuMs).toBeLessThan(150);
    expect(data).toHaveLength(0);
  });

  test.each([[null], [undefined], [0], ['']])('a result of %s arrives', (value) => {
    const result = runWithPairs(function* () {
      const future = getRunningLoop().createFuture<unknown>();
      getRunningLoop().callSoon(() => future.setResult(value));
      return yield* future;
    });
    expect(result).toBe(value);
  });

  test('all who await a future get its result, in their order, after setResult has returned', () => {
    const events: string[] = [];
    runWithPairs(function* () {
      const future = new Future<string>();
      const waiters = ['first', 'second'].map((name) => createTask(noteResult(name, future, events)));
      future.addDoneCallback(() => events.push('callback'));
      yield* sleep(1);
      future.setResult('done');
      events.push('set');
      for (const waiter of waiters) yield* waiter;
    });
    expect(events).toEqual(['set', 'callback', 'first: done', 'second: done']);
  });

  test('errors reach whoever awaits, or the exception handler; the loop goes on', () => {
    const reported: unknown[] = [];
    const caught = runWithPairs(function* () {
      const loop = getRunningLoop();
      loop.setExceptionHandler((_loop, context) => reported.push(context.exception));
      loop.callSoon(() => {
        throw new Error('in a callback');
      });
      const awaited: Task<void> = createTask(fails('awaited'));
      createTask(fails('forgotten'));
      try {
        yield* awaited;
      } catch (error) {
        yield* sleep(20);
        return (error as Error).message;
      }
      return 'nothing was raised';
    });
    expect(caught).toBe('awaited');
    expect(reported.map(String).sort()).toEqual(['Error: forgotten', 'Error: in a callback']);
  });

  test('closing a socket wakes whoever waits on it, with its name', () => {
    const message = runWithPairs(function* ([a]) {
      const loop = getRunningLoop();
      const name = a.toString();
      loop.callLater(10, () => loop.sockClose(a));
      try {
        yield* loop.sockRecv(a);
      } catch (error) {
        expect(error).toBeInstanceOf(OSError);
        return (error as OSError).message.replace(name, 'the socket');
      }
      return 'nothing was raised';
    });
    expect(message).toContain('the socket was closed here while a task was waiting for it');
  });

  test('what is sent without a reader does not hold up the others', () => {
    const sent = runWithPairs(function* ([a, peerOfA], [b, peerOfB]) {
      const loop = getRunningLoop();
      const large = Buffer.alloc(8 << 20, 'x');
      const sending = createTask(sends(loop, a, large));
      peerOfB.send(Buffer.from('meanwhile'));
      expect(String(yield* loop.sockRecv(b))).toBe('meanwhile');
      expect(sending.done()).toBe(false);
      let received = 0;
      while (received < large.length) received += (yield* loop.sockRecv(peerOfA, 1 << 20)).length;
      yield* sending;
      return received;
    });
    expect(sent).toBe(8 << 20);
  });
});

function* setsSoon(future: Future<string>): Coroutine<void> {
  yield* sleep(0);
  future.setResult('now');
}

function* noteResult(name: string, future: Future<string>, events: string[]): Coroutine<void> {
  events.push(`${name}: ${yield* future}`);
}

function* fails(message: string): Coroutine<void> {
  yield* sleep(0);
  throw new Error(message);
}

function* sends(loop: EventLoop, sock: Socket, data: Uint8Array): Coroutine<void> {
  yield* loop.sockSendall(sock, data);
}
