/**
 * Each wait that was cancelled or timed out left its future in a list until what it waited for came, if ever:
 * `moveOnAfter(1000, () => child.wait())` in a loop grew without end.
 */
import { isMainThread } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { addWaiter } from '../../src/futures/waiter-list.ts';
import {
  type Coroutine,
  createSubprocessExec,
  Future,
  moveOnAfter,
  openConnection,
  openDatagramEndpoint,
  openSignalReceiver,
  startServer,
} from '../../src/index.ts';
import { realLoop } from '../integration/loop/real-loop.ts';

/** How many futures are in the arrays that `owner` has, after many waits were given up. */
function* leftAfter(owner: object, wait: () => Coroutine<unknown> | Future<unknown>): Coroutine<number> {
  for (let i = 0; i < 100; i++) {
    yield* moveOnAfter(0, function* () {
      yield* wait();
    });
  }
  return Object.values(owner)
    .filter((value): value is unknown[] => Array.isArray(value))
    .flat()
    .filter((value) => value instanceof Future).length;
}

describe('after a hundred waits that timed out a few futures are left, of', () => {
  test('a server, a connection that is held back, a datagram endpoint', () => {
    const { loop } = realLoop();
    loop.run(function* () {
      const server = yield* startServer(() => undefined, '127.0.0.1', 0);
      expect(yield* leftAfter(server, () => server.waitClosed())).toBeLessThan(20);
      const [, writer] = yield* openConnection('127.0.0.1', server.port);
      writer.write(Buffer.alloc(50_000_000));
      const protocol = writer.transport.getProtocol();
      expect(yield* leftAfter(protocol, () => writer.waitClosed())).toBeLessThan(20);
      expect(yield* leftAfter(protocol, () => writer.drain())).toBeLessThan(40);
      writer.transport.abort();
      server.close();
      const endpoint = yield* openDatagramEndpoint(['127.0.0.1', 0]);
      const behind = endpoint.transport.getProtocol();
      expect(yield* leftAfter(behind, () => endpoint.waitClosed())).toBeLessThan(20);
      endpoint.close();
    });
  });

  test('a process', () => {
    const { loop } = realLoop();
    loop.run(function* () {
      using child = yield* createSubprocessExec('sleep', ['60']);
      const transport = Reflect.get(child, 'transport') as object;
      expect(yield* leftAfter(transport, () => child.wait())).toBeLessThan(20);
    });
  });

  test.runIf(isMainThread)('a receiver of signals', () => {
    const { loop } = realLoop();
    loop.run(function* () {
      const receiver = openSignalReceiver('SIGUSR2');
      expect(yield* leftAfter(receiver, () => receiver.next())).toBeLessThan(20);
      receiver.close();
    });
  });
});

test('those that still wait stay, in their order', () => {
  const { loop } = realLoop();
  const waiters: Future<number>[] = [];
  const waiting: Future<number>[] = [];
  for (let i = 0; i < 200; i++) {
    const waiter = new Future<number>({ loop });
    addWaiter(waiters, waiter);
    if (i % 10 === 0) waiting.push(waiter);
    else waiter.cancel();
  }
  const left = waiters.filter((waiter) => !waiter.done());
  expect(left.every((waiter, i) => waiter === waiting[i]) && left.length === waiting.length).toBe(true);
  expect(waiters.length).toBeLessThan(64);
});
