/** `reader.readLent`: bytes of a stream in memory that the loop lends. */
import { describe, expect, test } from 'vitest';
import {
  type Coroutine,
  createTask,
  gather,
  openConnection,
  RuntimeError,
  type StreamReader,
  type StreamWriter,
  sleep,
} from '../../../src/index.ts';
import { EAGAIN, ECONNRESET } from '../../../src/kernel/errno.ts';
import type { Kernel } from '../../../src/kernel/kernel.ts';
import { SHUT_WR, type Socket } from '../../../src/socket.ts';
import { failureOf } from '../../support/failure-of.ts';
import { failOnFdLeaks } from '../../support/fd-leaks.ts';
import { onTeardown } from '../../support/teardown.ts';
import { EXCHANGES, exchange, LARGE, stutteringKernel } from '../loop/lending.ts';
import { kernelWith, pair, realLoop } from '../loop/real-loop.ts';
import { Noting } from '../transports/fixtures.ts';

failOnFdLeaks();

interface Stream {
  readonly reader: StreamReader;
  readonly writer: StreamWriter;
  /** The other end. */
  readonly far: Socket;
}

function* streamOn(kernel?: Kernel): Coroutine<Stream> {
  const [near, far] = pair(undefined, kernel);
  const [reader, writer] = yield* openConnection({ sock: near });
  onTeardown(() => writer.transport.abort());
  return { reader, writer, far };
}

/** A stream that has received large messages: what comes next is lent. */
function* borrowing(kernel?: Kernel): Coroutine<Stream> {
  const stream = yield* streamOn(kernel);
  for (let i = 0; i < 2; i++) {
    stream.far.sendall(Buffer.alloc(LARGE, '.'));
    for (let left = LARGE; left > 0; ) left -= (yield* stream.reader.readLent(LARGE)).length;
  }
  return stream;
}

describe('readLent', () => {
  test.each([1, 5000, LARGE])('gives what has come, %d bytes, and the end of the stream', (byteCount) => {
    const { loop } = realLoop();
    const sent = Buffer.from(Array.from({ length: byteCount }, (_, i) => i % 251));
    loop.run(function* (): Coroutine<void> {
      const { reader, far } = yield* streamOn();
      for (let round = 0; round < 3; round++) {
        const sending = createTask(later(() => far.sendall(sent)));
        const got: Buffer[] = [];
        for (let left = byteCount; left > 0; left -= (got.at(-1) as Buffer).length)
          got.push(Buffer.from(yield* reader.readLent(LARGE)));
        expect(Buffer.concat(got).equals(sent)).toBe(true);
        yield* sending;
      }
      const ending = createTask(later(() => far.shutdown(SHUT_WR)));
      expect(yield* reader.readLent(LARGE)).toHaveLength(0);
      expect(yield* reader.readLent(LARGE)).toHaveLength(0);
      expect(reader.atEof()).toBe(true);
      yield* ending;
    });
  });

  test('large messages of all streams lie in the same memory; of others each has its own', () => {
    const { loop } = realLoop();
    loop.run(function* (): Coroutine<void> {
      const streams = [yield* borrowing(), yield* borrowing()];
      const seen: Buffer[] = [];
      for (const [i, { reader, far }] of streams.entries()) {
        const sending = createTask(later(() => far.sendall(Buffer.alloc(LARGE, i + 1))));
        seen.push(yield* reader.readLent(LARGE));
        expect(seen[i]?.length).toBe(LARGE);
        expect(seen[i]?.[0]).toBe(i + 1);
        yield* sending;
      }
      expect(seen[0]?.buffer).toBe(seen[1]?.buffer);
      const [{ reader, far }] = streams as [Stream];
      far.sendall(Buffer.alloc(LARGE, 'k'));
      expect((yield* reader.read(LARGE)).buffer).not.toBe(seen[0]?.buffer);
    });
  });

  test('written, while the socket takes only a part: the rest is copied', () => {
    const { kernel, counts } = stutteringKernel();
    const { loop } = realLoop({ kernel });
    loop.run(function* (): Coroutine<void> {
      const streams: Stream[] = [];
      for (let i = 0; i < 4; i++) streams.push(yield* streamOn(kernel));
      const servers = streams.map((stream) => createTask(echo(stream)));
      yield* gather(streams.map(({ far }, i) => exchange(loop, far, i)));
      yield* gather(servers);
    });
    expect(counts.sends).toBeGreaterThan(4 * EXCHANGES);

    function* echo({ reader, writer }: Stream): Coroutine<void> {
      for (let left = EXCHANGES * LARGE; left > 0; ) {
        const data = yield* reader.readLent(LARGE);
        left -= data.length;
        if (left % 2 === 0) writer.writeLines([data.subarray(0, 1), data.subarray(1)]);
        else writer.write(data);
        yield* writer.drain();
      }
    }
  });

  test('beside the other reads: what has come is given first, in order', () => {
    const { loop } = realLoop();
    loop.run(function* (): Coroutine<void> {
      const { reader, far } = yield* borrowing();
      far.sendall(Buffer.from('a line\nand the rest'));
      expect((yield* reader.readLine()).toString()).toBe('a line\n');
      expect((yield* reader.readLent(3)).toString()).toBe('and');
      expect((yield* reader.readLent(LARGE)).toString()).toBe(' the rest');
      far.sendall(Buffer.from('ten bytes.'));
      expect((yield* reader.readExactly(10)).toString()).toBe('ten bytes.');
    });
  });

  test('cancelled before it was told of bytes, they are the next read’s; after that, its own', () => {
    const { loop } = realLoop();
    loop.run(function* (): Coroutine<void> {
      const { reader, far } = yield* borrowing();
      const waiting = createTask(size(reader));
      yield* sleep(1);
      waiting.cancel();
      yield* sleep(0);
      expect(waiting.cancelled()).toBe(true);
      far.sendall(Buffer.alloc(LARGE, 'n'));
      expect((yield* reader.readExactly(LARGE)).equals(Buffer.alloc(LARGE, 'n'))).toBe(true);

      const woken = createTask(size(reader));
      yield* sleep(1);
      const [other, trigger] = pair();
      // In the turn after the transport's, and before the reader's.
      const cancelling = createTask(cancelOn(other, woken));
      yield* sleep(1);
      far.sendall(Buffer.alloc(LARGE, 'a'));
      trigger.sendall(Buffer.from('!'));
      yield* cancelling;
      // As with any result that is there when the request comes.
      expect(yield* woken).toBe(LARGE);
    });

    function* size(reader: StreamReader): Coroutine<number> {
      return (yield* reader.readLent(LARGE)).length;
    }

    function* cancelOn(sock: Socket, task: { cancel(): boolean }): Coroutine<void> {
      loop.addReader(sock, () => {
        loop.removeReader(sock);
        task.cancel();
      });
      yield* sleep(0);
    }
  });

  test('of a transport that has got another protocol meanwhile, the bytes are that one’s', () => {
    const { loop } = realLoop();
    loop.run(function* (): Coroutine<void> {
      const { reader, writer, far } = yield* borrowing();
      const waiting = createTask(function* (): Coroutine<void> {
        yield* reader.readLent(LARGE);
      });
      const successor = new Noting();
      const [other, trigger] = pair();
      // Its turn comes between that of the transport, which tells the reader, and the reader’s.
      loop.addReader(other, () => {
        loop.removeReader(other);
        writer.transport.setProtocol(successor);
      });
      yield* sleep(1);
      far.sendall(Buffer.alloc(LARGE, 's'));
      trigger.sendall(Buffer.from('!'));
      yield* sleep(5);
      expect(successor.received).toBe('s'.repeat(LARGE));
      expect(waiting.done()).toBe(false);
      waiting.cancel();
      yield* sleep(0);
    });
  });

  test('nothing is there after all: it waits on; an error ends the stream', () => {
    let answer: number[] = [];
    const real = kernelWith({}).sockets;
    const kernel = kernelWith({
      sockets: {
        recv: (fd, buffer, offset, byteCount, flags) =>
          answer.shift() ?? real.recv(fd, buffer, offset, byteCount, flags),
      },
    });
    const { loop } = realLoop({ kernel });
    loop.run(function* (): Coroutine<void> {
      const { reader, far } = yield* borrowing(kernel);
      answer = [-EAGAIN, -EAGAIN];
      const sending = createTask(later(() => far.sendall(Buffer.alloc(LARGE, 'b'))));
      expect(yield* reader.readLent(LARGE)).toHaveLength(LARGE);
      expect(answer).toEqual([]);
      yield* sending;
      answer = [-ECONNRESET];
      const breaking = createTask(later(() => far.sendall(Buffer.from('!'))));
      expect(yield* failureOf(reader.readLent(LARGE))).toMatchObject({ code: 'ECONNRESET' });
      expect(yield* failureOf(reader.readLent(LARGE))).toMatchObject({ code: 'ECONNRESET' });
      yield* breaking;
    });
  });

  test('more than the reader may hold ahead: the transport that was paused goes on', () => {
    const { loop } = realLoop();
    loop.run(function* (): Coroutine<void> {
      const { reader, far } = yield* borrowing();
      const total = 4 << 20;
      const sending = loop.sockSendall(far, Buffer.alloc(total, 'p'));
      // Nobody reads: the reader fills up.
      yield* sleep(20);
      let received = 0;
      while (received < total) {
        const data = yield* reader.readLent(1 << 20);
        expect(data[0]).toBe(0x70);
        received += data.length;
      }
      yield* sending;
      expect(received).toBe(total);
    });
  });

  test('in debug mode a loan that is over is overwritten at once', () => {
    const { loop } = realLoop({ debug: true });
    loop.run(function* (): Coroutine<void> {
      const { reader, writer, far } = yield* borrowing();
      const sending = createTask(later(() => far.sendall(Buffer.alloc(LARGE, 'x'))));
      const data = yield* reader.readLent(LARGE);
      expect(data.every((byte) => byte === 0x78)).toBe(true);
      yield* sleep(0);
      expect(data.every((byte) => byte === 0xdb)).toBe(true);
      yield* sending;
      writer.close();
      yield* writer.waitClosed();
    });
  });

  test('refuses to be a task of its own, to be one of two, and numbers that are none', () => {
    const { loop } = realLoop();
    loop.run(function* (): Coroutine<void> {
      const { reader } = yield* streamOn();
      const error = yield* failureOf(createTask(reader.readLent(10)));
      expect(error).toBeInstanceOf(RuntimeError);
      expect(error.message).toMatch(/^readLent\(\) cannot be a task of its own/);
      const first = createTask(function* (): Coroutine<void> {
        yield* reader.readLent(10);
      });
      yield* sleep(0);
      expect((yield* failureOf(reader.readLent(10))).message).toContain('already waiting');
      first.cancel();
      for (const wrong of [0, -1]) expect(() => reader.readLent(wrong)).toThrow(RangeError);
      for (const wrong of [1.5, Number.NaN, '1'])
        expect(() => reader.readLent(wrong as number)).toThrow(TypeError);
    });
  });
});

function* later(act: () => void): Coroutine<void> {
  yield* sleep(2);
  act();
}
