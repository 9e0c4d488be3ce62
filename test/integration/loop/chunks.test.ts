/**
 * Many events at once: received for together, handed out in order, and those they woke run chunk by chunk.
 */
import { describe, expect, it } from 'vitest';
import { type Coroutine, createTask, gather, getRunningLoop, sleep } from '../../../src/index.ts';
import { defaultKernel } from '../../../src/kernel/default-kernel.ts';
import { ECONNRESET, EIO } from '../../../src/kernel/errno.ts';
import type { Kernel } from '../../../src/kernel/kernel.ts';
import { EVENTS_PER_CHUNK } from '../../../src/loop/io-waiters.ts';
import type { Socket } from '../../../src/socket.ts';
import { failOnFdLeaks } from '../../support/fd-leaks.ts';
import { kernelWith, pair, realLoop } from './real-loop.ts';

failOnFdLeaks();

const MANY = 3 * EVENTS_PER_CHUNK + 5;

function pairs(count: number, kernel: Kernel = defaultKernel()): [left: Socket, right: Socket][] {
  return Array.from({ length: count }, () => pair(undefined, kernel));
}

/** The real kernel, and how often it received, one by one and together. */
function countingKernel(): { kernel: Kernel; counts: { recv: number; recvEach: number } } {
  const counts = { recv: 0, recvEach: 0 };
  const { sockets } = defaultKernel();
  const kernel = kernelWith({
    sockets: {
      recv: (...args) => {
        counts.recv++;
        return sockets.recv(...args);
      },
      recvEach: (...args) => {
        counts.recvEach++;
        return sockets.recvEach(...args);
      },
    },
  });
  return { kernel, counts };
}

describe('a wait that finds many sockets readable', () => {
  it('receives for a chunk in one call, and every task gets its own bytes', () => {
    const { kernel, counts } = countingKernel();
    const { loop } = realLoop({ kernel });
    const connections = pairs(MANY, kernel);
    function* receive(right: Socket): Coroutine<string> {
      return (yield* loop.sockRecv(right, 100)).toString();
    }
    const got = loop.runUntilComplete(
      (function* () {
        const tasks = connections.map(([, right]) => createTask(receive(right)));
        yield* sleep(0);
        for (const [i, [left]] of connections.entries()) left.send(Buffer.from(`message ${i}`));
        return yield* gather(tasks);
      })(),
    );
    expect(got).toEqual(connections.map((_, i) => `message ${i}`));
    // A wait reports at least the chunk's number of events, so at most the last of each wait is received for
    // by itself.
    expect(counts.recvEach).toBeGreaterThanOrEqual(Math.floor(MANY / EVENTS_PER_CHUNK));
    expect(counts.recv).toBeLessThan(EVENTS_PER_CHUNK);
  });

  it('tells ends and errors to those they belong to', () => {
    const real = defaultKernel();
    const broken = new Set<number>();
    const kernel = kernelWith({
      sockets: {
        recvEach: (requests, ...rest) => {
          const fds = Array.from({ length: rest[3] }, (_, i) => requests[2 * i] as number);
          const done = real.sockets.recvEach(requests, ...rest);
          for (const [i, fd] of fds.entries()) if (broken.has(fd)) requests[2 * i + 1] = -ECONNRESET;
          return done;
        },
      },
    });
    const { loop } = realLoop({ kernel });
    const [whole, ending, breaking, other] = pairs(4, kernel) as [Socket, Socket][];
    if (!whole || !ending || !breaking || !other) throw new Error('four pairs');
    broken.add(breaking[1].fd);
    const got = loop.runUntilComplete(
      (function* () {
        const tasks = [whole, ending, breaking, other].map(([, right]) => createTask(receiveText(right)));
        yield* sleep(0);
        whole[0].send(Buffer.from('one'));
        ending[0].close();
        breaking[0].send(Buffer.from(''));
        breaking[0].close();
        other[0].send(Buffer.from('two'));
        return yield* gather(tasks, { returnExceptions: true });
      })(),
    );
    expect(got[0]).toBe('one');
    expect(got[1]).toBe('');
    expect(got[2]).toMatchObject({ code: 'ECONNRESET', syscall: 'recv' });
    expect(got[3]).toBe('two');
  });

  it('waits on when there was nothing after all', () => {
    const real = defaultKernel();
    let spurious = 2;
    const kernel = kernelWith({
      sockets: {
        recvEach: (requests, ...rest) => {
          if (spurious-- <= 0) return real.sockets.recvEach(requests, ...rest);
          for (let i = 0; i < rest[3]; i++) requests[2 * i + 1] = -11;
          return rest[3];
        },
      },
    });
    const { loop } = realLoop({ kernel });
    const connections = pairs(5, kernel);
    const got = loop.runUntilComplete(
      (function* () {
        const tasks = connections.map(([, right]) => createTask(receiveText(right)));
        yield* sleep(0);
        for (const [left] of connections) left.send(Buffer.from('here'));
        return yield* gather(tasks);
      })(),
    );
    expect(got).toEqual(Array(5).fill('here'));
    expect(spurious).toBeLessThan(0);
  });

  it('loses nothing when a message is larger than what is left of the memory', () => {
    const { loop } = realLoop();
    const connections = pairs(12);
    const size = 60_000;
    function* receiveAll(right: Socket): Coroutine<Buffer> {
      const parts: Buffer[] = [];
      for (let length = 0; length < size; ) {
        const part = yield* loop.sockRecv(right, 100_000);
        parts.push(part);
        length += part.length;
      }
      return Buffer.concat(parts);
    }
    const got = loop.runUntilComplete(
      (function* () {
        const tasks = connections.map(([, right]) => createTask(receiveAll(right)));
        yield* sleep(0);
        for (const [i, [left]] of connections.entries()) {
          createTask(
            (function* () {
              yield* loop.sockSendall(left, Buffer.alloc(size, 65 + i));
            })(),
          );
        }
        return yield* gather(tasks);
      })(),
    );
    for (const [i, bytes] of got.entries()) expect(bytes.equals(Buffer.alloc(size, 65 + i))).toBe(true);
  });

  it('runs those it woke in the order of the events, whatever kind of reader they are', () => {
    const { loop } = realLoop();
    const connections = pairs(MANY);
    const order: number[] = [];
    loop.runUntilComplete(
      (function* () {
        const tasks = connections.map(([left, right], i) => {
          left.send(Buffer.from('x'));
          if (i % 3 === 1) {
            const read = loop.createFuture<void>();
            loop.addReader(right, () => {
              order.push(i);
              loop.removeReader(right);
              read.setResult();
            });
            return read;
          }
          return createTask(
            (function* () {
              yield* loop.sockRecv(right, 10);
              order.push(i);
            })(),
          );
        });
        yield* gather(tasks);
      })(),
    );
    // The kernel reports sockets in the order in which they became ready, or were registered: both are this
    // one.
    expect(order.toSorted((a, b) => a - b)).toEqual(connections.map((_, i) => i));
    for (const kind of [(i: number) => i % 3 === 1, (i: number) => i % 3 !== 1]) {
      const seen = order.filter(kind);
      expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    }
  });

  it('lets an earlier task close the socket of a later event', () => {
    const { loop } = realLoop();
    const connections = pairs(MANY);
    const closed: string[] = [];
    loop.runUntilComplete(
      (function* () {
        const last = connections.slice(2 * EVENTS_PER_CHUNK).map(([, right]) => right);
        const tasks = connections.map(([, right], i) =>
          createTask(
            (function* () {
              try {
                yield* loop.sockRecv(right, 10);
              } catch (error) {
                closed.push((error as { code: string }).code);
              }
              if (i === 0) for (const sock of last) sock.close();
            })(),
          ),
        );
        yield* sleep(0);
        for (const [left] of connections) left.send(Buffer.from('x'));
        yield* gather(tasks);
      })(),
    );
    expect(closed).toEqual(Array(MANY - 2 * EVENTS_PER_CHUNK).fill('EBADF'));
  });

  it('ends the run after the pass in which stop() was called, with every event handed out', () => {
    const { loop } = realLoop();
    const connections = pairs(MANY);
    let received = 0;
    for (const [left, right] of connections) {
      loop.addReader(right, () => {
        received++;
        right.recv(10);
        loop.stop();
      });
      left.send(Buffer.from('x'));
    }
    loop.runForever();
    expect(received).toBe(MANY);
  });
});

describe('a step', () => {
  it('may let socket calls succeed at once, but not for ever, and each step anew', () => {
    const { loop } = realLoop();
    const [left, right] = pair();
    const seen: number[] = [];
    let sent = 0;
    loop.runUntilComplete(
      (function* () {
        const watcher = createTask(
          (function* () {
            for (let received = 0; received < 1000; yield* sleep(0)) {
              seen.push(sent);
              received += sent > received ? (yield* loop.sockRecv(right, 100_000)).length : 0;
            }
          })(),
        );
        for (; sent < 1000; sent++) yield* loop.sockSendall(left, Buffer.from('x'));
        yield* watcher;
      })(),
    );
    const gaps = seen.slice(1).map((count, i) => count - (seen[i] as number));
    // 64 at once, and the one that had to wait.
    expect(Math.max(...gaps)).toBe(65);
    expect(gaps.filter((gap) => gap >= 64).length).toBeGreaterThan(10);
  });

  it('that fails does not keep the rest of its chunk from running', () => {
    const real = defaultKernel();
    const kernel = kernelWith({
      sockets: {
        recvEach: (requests, ...rest) => failing(requests, real.sockets.recvEach(requests, ...rest)),
      },
    });
    const { loop } = realLoop({ kernel });
    const connections = pairs(EVENTS_PER_CHUNK, kernel);
    const got = loop.runUntilComplete(
      (function* () {
        const tasks = connections.map(([, right]) => createTask(receiveText(right)));
        yield* sleep(0);
        for (const [left] of connections) left.send(Buffer.from('x'));
        return yield* gather(tasks, { returnExceptions: true });
      })(),
    );
    expect(got.filter((value) => value === 'x').length).toBe(EVENTS_PER_CHUNK - 1);
  });
});

/** Makes the last answer an error: it got a byte, which does not count then. */
function failing(requests: Int32Array, done: number): number {
  if (done > 1) requests[2 * done - 1] = -EIO;
  return done;
}

function* receiveText(right: Socket): Coroutine<string> {
  return (yield* getRunningLoop().sockRecv(right, 100)).toString();
}
