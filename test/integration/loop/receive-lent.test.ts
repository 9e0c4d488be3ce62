/** `sockRecvLent`: bytes in memory that the loop lends. */
import { describe, expect, test } from 'vitest';
import {
  BusyResourceError,
  type Coroutine,
  createTask,
  type EventLoop,
  eagerTaskFactory,
  gather,
  RuntimeError,
  sleep,
  waitFor,
} from '../../../src/index.ts';
import { EAGAIN, ECONNRESET } from '../../../src/kernel/errno.ts';
import { SHUT_WR, SO_SNDBUF, SOCK_DGRAM, SOL_SOCKET, type Socket } from '../../../src/socket.ts';
import { failureOf } from '../../support/failure-of.ts';
import { failOnFdLeaks } from '../../support/fd-leaks.ts';
import { caught } from '../../unit/loop/virtual-loop.ts';
import { EXCHANGES, exchange, LARGE, stutteringKernel } from './lending.ts';
import { kernelWith, pair, realLoop } from './real-loop.ts';

failOnFdLeaks();

/** A pair of which the near end has received one large message: what comes next is lent. */
function* borrowing(loop: EventLoop, near: Socket, far: Socket): Coroutine<void> {
  // The first one is received with others, and is as large as is received so.
  for (let i = 0; i < 2; i++) {
    far.sendall(Buffer.alloc(LARGE, '.'));
    yield* sleep(0);
    for (let left = LARGE; left > 0; ) left -= (yield* loop.sockRecvLent(near, LARGE)).length;
  }
}

describe('sockRecvLent', () => {
  test.each([1, 5000, LARGE])('gives what has come, %d bytes, and the end of the stream', (byteCount) => {
    const { loop } = realLoop();
    const [near, far] = pair();
    const sent = Buffer.from(Array.from({ length: byteCount }, (_, i) => i % 251));
    loop.run(function* (): Coroutine<void> {
      for (let round = 0; round < 3; round++) {
        far.sendall(sent);
        const got: Buffer[] = [];
        for (let left = byteCount; left > 0; left -= (got.at(-1) as Buffer).length)
          got.push(Buffer.from(yield* loop.sockRecvLent(near, LARGE)));
        expect(Buffer.concat(got).equals(sent)).toBe(true);
      }
      far.shutdown(SHUT_WR);
      expect(yield* loop.sockRecvLent(near, LARGE)).toHaveLength(0);
      expect(yield* loop.sockRecvLent(near)).toHaveLength(0);
    });
  });

  test('large messages of all sockets lie in the same memory, one after the other', () => {
    const { loop } = realLoop();
    const pairs = [pair(), pair()] as const;
    loop.run(function* (): Coroutine<void> {
      for (const [near, far] of pairs) yield* borrowing(loop, near, far);
      const seen: Buffer[] = [];
      for (const [i, [near, far]] of pairs.entries()) {
        far.sendall(Buffer.alloc(LARGE, i + 1));
        seen.push(yield* loop.sockRecvLent(near, LARGE));
        expect(seen[i]?.[0]).toBe(i + 1);
      }
      expect(seen[0]?.buffer).toBe(seen[1]?.buffer);
      // The first loan was over when the second one began.
      expect(seen[0]?.[0]).toBe(2);
    });
  });

  test('no more than 256 KiB at a time, and no more than was asked for', () => {
    const { loop } = realLoop();
    const [near, far] = pair();
    far.setsockopt(SOL_SOCKET, SO_SNDBUF, 1 << 20);
    loop.run(function* (): Coroutine<void> {
      yield* borrowing(loop, near, far);
      const sending = loop.sockSendall(far, Buffer.alloc(1 << 20));
      let received = 0;
      while (received < 1 << 20) {
        const { length } = yield* loop.sockRecvLent(near, received === 0 ? 7 : 1 << 20);
        expect(length).toBeLessThanOrEqual(received === 0 ? 7 : 256 * 1024);
        received += length;
      }
      yield* sending;
    });
  });

  test('sent from, while the socket takes only a part: the rest is copied', () => {
    const { kernel, counts } = stutteringKernel();
    const { loop } = realLoop({ kernel });
    const clients = Array.from({ length: 4 }, () => pair(undefined, kernel));
    loop.run(function* (): Coroutine<void> {
      const servers = clients.map(([near]) => createTask(echo(near)));
      yield* gather(clients.map(([, far], i) => exchange(loop, far, i)));
      yield* gather(servers);
    });
    expect(counts.sends).toBeGreaterThan(4 * EXCHANGES);

    function* echo(sock: Socket): Coroutine<void> {
      for (let left = EXCHANGES * LARGE; left > 0; ) {
        const data = yield* loop.sockRecvLent(sock, LARGE);
        left -= data.length;
        yield* loop.sockSendall(sock, data);
      }
    }
  });

  test.each([false, true])(
    'a task that starts eagerly leaves the loan of its maker alone (debug: %s)',
    (debug) => {
      const { loop } = realLoop({ debug });
      loop.setTaskFactory(eagerTaskFactory);
      const [mine, others] = [pair(), pair()];
      loop.run(function* (): Coroutine<void> {
        for (const [near, far] of [mine, others]) yield* borrowing(loop, near, far);
        // More is there than is read: the next call tries at once.
        others[1].sendall(Buffer.alloc(LARGE, 'B'));
        yield* loop.sockRecvLent(others[0], 10_000);
        mine[1].sendall(Buffer.alloc(LARGE, 'A'));
        const loan = yield* loop.sockRecvLent(mine[0], LARGE);
        let sizes = 0;
        const eager = createTask(function* (): Coroutine<void> {
          const other = yield* loop.sockRecvLent(others[0], LARGE);
          expect(other[0]).toBe(0x42);
          sizes += other.length;
        });
        expect(sizes).toBe(LARGE - 10_000);
        expect(loan.equals(Buffer.alloc(LARGE, 'A'))).toBe(true);
        const kept = loop.io.arena.lent.kept(loan);
        expect(kept.buffer).not.toBe(loan.buffer);
        yield* eager;
      });
    },
  );

  test('in debug mode a loan that is over is overwritten at once', () => {
    const { loop } = realLoop({ debug: true });
    const [near, far] = pair();
    loop.run(function* (): Coroutine<void> {
      yield* borrowing(loop, near, far);
      far.sendall(Buffer.alloc(LARGE, 'x'));
      const data = yield* loop.sockRecvLent(near, LARGE);
      expect(data.every((byte) => byte === 0x78)).toBe(true);
      yield* sleep(0);
      expect(data.every((byte) => byte === 0xdb)).toBe(true);
    });
  });

  test('as a task of its own it is refused: nobody would be there to use the bytes', () => {
    const { loop } = realLoop();
    const [near, far] = pair();
    far.sendall(Buffer.from('kept'));
    loop.run(function* (): Coroutine<void> {
      for (const start of [
        () => createTask(loop.sockRecvLent(near)),
        () => gather([loop.sockRecvLent(near)]),
      ]) {
        const error = yield* failureOf(start());
        expect(error).toBeInstanceOf(RuntimeError);
        expect(error.message).toMatch(
          /^sockRecvLent\(\) cannot be a task of its own: .*yield\* sockRecvLent/,
        );
      }
      expect((yield* waitFor(loop.sockRecvLent(near), 1000)).toString()).toBe('kept');
    });
  });

  test('cancelled before the bytes are there, they are the next call’s; after that, its own', () => {
    const { loop } = realLoop();
    const [near, far] = pair();
    loop.run(function* (): Coroutine<void> {
      yield* borrowing(loop, near, far);
      const waiting = createTask(size());
      yield* sleep(1);
      waiting.cancel();
      yield* sleep(0);
      expect(waiting.cancelled()).toBe(true);
      far.sendall(Buffer.alloc(LARGE, 'n'));
      expect(yield* size()).toBe(LARGE);
      const woken = createTask(size());
      // Of two events of a pass the first one cancels who waits for the second, and has been told of it.
      const [other, trigger] = pair();
      loop.addReader(other, () => {
        loop.removeReader(other);
        woken.cancel();
      });
      yield* sleep(1);
      trigger.sendall(Buffer.from('!'));
      far.sendall(Buffer.alloc(LARGE, 'a'));
      // As with any result that is there when the request comes.
      expect(yield* woken).toBe(LARGE);
    });

    function* size(): Coroutine<number> {
      return (yield* loop.sockRecvLent(near, LARGE)).length;
    }
  });

  test('nothing is there after all: it waits on', () => {
    let refusals = 0;
    const real = kernelWith({}).sockets;
    const kernel = kernelWith({
      sockets: {
        recv: (fd, buffer, offset, byteCount, flags) =>
          byteCount === LARGE && refusals > 0 && refusals-- > 0
            ? -EAGAIN
            : real.recv(fd, buffer, offset, byteCount, flags),
      },
    });
    const { loop } = realLoop({ kernel });
    const [near, far] = pair(undefined, kernel);
    loop.run(function* (): Coroutine<void> {
      yield* borrowing(loop, near, far);
      refusals = 3;
      far.sendall(Buffer.alloc(LARGE, 'b'));
      expect(yield* loop.sockRecvLent(near, LARGE)).toHaveLength(LARGE);
      expect(refusals).toBe(0);
    });
  });

  test('an error of the system, before and while it waits', () => {
    let answer = 0;
    const real = kernelWith({}).sockets;
    const kernel = kernelWith({
      sockets: {
        recv: (fd, buffer, offset, byteCount, flags) =>
          answer === 0 ? real.recv(fd, buffer, offset, byteCount, flags) : answer,
      },
    });
    const { loop } = realLoop({ kernel });
    const [near, far] = pair(undefined, kernel);
    loop.run(function* (): Coroutine<void> {
      yield* borrowing(loop, near, far);
      answer = -ECONNRESET;
      far.sendall(Buffer.from('!'));
      const error = yield* failureOf(loop.sockRecvLent(near, LARGE));
      expect(error).toMatchObject({ code: 'ECONNRESET', syscall: 'recv' });
      expect(error.message).toContain(String(near));
    });
  });

  test('one at a time, and none of a socket that is closed', () => {
    const { loop } = realLoop();
    const [near] = pair();
    loop.run(function* (): Coroutine<void> {
      const first = createTask(receive(near));
      yield* sleep(1);
      expect(yield* failureOf(loop.sockRecvLent(near))).toBeInstanceOf(BusyResourceError);
      expect(() => loop.sockRecv(near)).toThrow(BusyResourceError);
      near.close();
      expect(yield* failureOf(first)).toMatchObject({ message: expect.stringContaining('closed') });
      expect(caught(() => loop.sockRecvLent(near))).toMatchObject({ code: 'EBADF' });
    });

    function* receive(sock: Socket): Coroutine<number> {
      return (yield* loop.sockRecvLent(sock)).length;
    }
  });

  test('made, then its socket closed: it does not wait for whoever has the number next', () => {
    const { loop } = realLoop();
    const [near] = pair();
    loop.run(function* (): Coroutine<void> {
      const made = loop.sockRecvLent(near);
      near.close();
      expect(yield* failureOf(made)).toMatchObject({ code: 'EBADF' });
    });
  });

  test('refuses datagrams, and numbers that are none', () => {
    const { loop } = realLoop();
    const [near] = pair(SOCK_DGRAM);
    expect(() => loop.sockRecvLent(near)).toThrow(/sockRecvLent: needs a SOCK_STREAM socket, got <Socket/);
    const [stream] = pair();
    for (const wrong of [0, -1, 1.5, Number.NaN])
      expect(() => loop.sockRecvLent(stream, wrong)).toThrow(RangeError);
  });
});
