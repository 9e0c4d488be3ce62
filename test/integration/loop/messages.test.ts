/** sockRecvfrom, sockRecvfromInto and sockSendto against the real system. */
import { describe, expect, it } from 'vitest';
import { BusyResourceError, type Coroutine, createTask, OSError, sleep } from '../../../src/index.ts';
import { AF_INET, AF_UNIX, SO_SNDBUF, SOCK_DGRAM, SOL_SOCKET, Socket } from '../../../src/socket.ts';
import { failureOf } from '../../support/failure-of.ts';
import { failOnFdLeaks } from '../../support/fd-leaks.ts';
import { caught } from '../../unit/loop/virtual-loop.ts';
import { owned, pair, realLoop } from './real-loop.ts';

failOnFdLeaks();

function udp(): Socket {
  const sock = owned(new Socket(AF_INET, SOCK_DGRAM));
  sock.bind(['127.0.0.1', 0]);
  return sock;
}

describe('sockRecvfrom and sockSendto', () => {
  it('pass messages and say whose they are; an empty one is a message', () => {
    const { loop } = realLoop();
    const [left, right] = [udp(), udp()];
    loop.run(function* (): Coroutine<void> {
      const waiting = createTask(receive(3));
      yield* sleep(1);
      for (const text of ['one', '', 'three']) {
        expect(yield* loop.sockSendto(left, Buffer.from(text), right.getsockname())).toBe(text.length);
      }
      expect(yield* waiting).toEqual(['one', '', 'three']);
    });

    function* receive(count: number): Coroutine<string[]> {
      const texts: string[] = [];
      while (texts.length < count) {
        const [data, address] = yield* loop.sockRecvfrom(right, 65_535);
        expect(address).toEqual(left.getsockname());
        texts.push(data.toString());
      }
      return texts;
    }
  });

  it('keeps earlier messages as they were when later ones come', () => {
    const { loop } = realLoop();
    const [left, right] = [udp(), udp()];
    loop.run(function* (): Coroutine<void> {
      const kept: Buffer[] = [];
      for (let i = 0; i < 500; i++) {
        yield* loop.sockSendto(left, Buffer.alloc(1000, i), right.getsockname());
        kept.push((yield* loop.sockRecvfrom(right, 65_535))[0]);
      }
      for (const [i, data] of kept.entries()) expect([data.length, data[999]]).toEqual([1000, i & 0xff]);
    });
  });

  it('receives into a part of a buffer', () => {
    const { loop } = realLoop();
    const [left, right] = [udp(), udp()];
    const buffer = Buffer.from('........');
    loop.run(function* (): Coroutine<void> {
      yield* loop.sockSendto(left, Buffer.from('abcdef'), right.getsockname());
      expect(yield* loop.sockRecvfromInto(right, buffer, 3)).toEqual([3, left.getsockname()]);
      yield* loop.sockSendto(left, Buffer.from('gh'), right.getsockname());
      expect(yield* loop.sockRecvfromInto(right, buffer.subarray(4))).toEqual([2, left.getsockname()]);
    });
    expect(buffer.toString()).toBe('abc.gh..');
  });

  it('loses no message to a cancelled receiver', () => {
    const { loop } = realLoop();
    const [left, right] = [udp(), udp()];
    loop.run(function* (): Coroutine<void> {
      const first = loop.sockRecvfrom(right, 10);
      yield* sleep(1);
      first.cancel();
      left.sendto(Buffer.from('x'), right.getsockname());
      expect((yield* loop.sockRecvfrom(right, 10))[0].toString()).toBe('x');
    });
  });

  it('tells a connected socket that nobody is there', () => {
    const { loop } = realLoop();
    const [left, gone] = [udp(), udp()];
    left.connect(gone.getsockname());
    gone.close();
    loop.run(function* (): Coroutine<void> {
      const waiting = createTask(receive(left));
      yield* sleep(1);
      left.send(Buffer.from('x'));
      expect(yield* failureOf(waiting)).toMatchObject({ code: 'ECONNREFUSED', syscall: 'recvfrom' });
    });

    function* receive(sock: Socket): Coroutine<unknown> {
      return yield* loop.sockRecvfrom(sock, 10);
    }
  });

  it('refuses what is too long, naming the address', () => {
    const { loop } = realLoop();
    const sock = udp();
    loop.run(function* (): Coroutine<void> {
      const sending = loop.sockSendto(sock, Buffer.alloc(70_000), ['127.0.0.1', 9]);
      expect(sending.exception()).toBeInstanceOf(OSError);
      expect(sending.exception()).toMatchObject({ code: 'EMSGSIZE', port: 9 });
      yield* sleep(0);
    });
  });

  it('waits for room, and is woken by an error when the socket is closed under it', () => {
    const { loop } = realLoop();
    const [left, right] = pair(SOCK_DGRAM);
    left.setsockopt(SOL_SOCKET, SO_SNDBUF, 4096);
    left.setblocking(false);
    const name = `\0selectloop-loop-${process.pid}`;
    const named = owned(new Socket(AF_UNIX, SOCK_DGRAM));
    named.bind(name);
    const sender = owned(new Socket(AF_UNIX, SOCK_DGRAM));
    sender.setblocking(false);
    try {
      for (;;) sender.sendto(Buffer.alloc(100), name);
    } catch {
      // Full now.
    }
    loop.run(function* (): Coroutine<void> {
      const sending = createTask(send());
      const receiving = createTask(receive());
      yield* sleep(1);
      sender.close();
      right.close();
      for (const task of [sending, receiving]) {
        const error = yield* failureOf(task);
        expect(error).toMatchObject({ code: 'EBADF' });
        expect(error.message).toContain('was closed here while a task was waiting');
      }
    });

    function* send(): Coroutine<unknown> {
      return yield* loop.sockSendto(sender, Buffer.alloc(100), name);
    }
    function* receive(): Coroutine<unknown> {
      return yield* loop.sockRecvfrom(right, 10);
    }
  });

  it('names both waiters when two want one direction', () => {
    const { loop } = realLoop();
    const [near] = pair();
    loop.run(function* (): Coroutine<void> {
      const first = createTask(receive(), { name: 'first' });
      yield* sleep(1);
      const second = createTask(receiveFrom(), { name: 'second' });
      const error = yield* failureOf(second);
      expect(error).toBeInstanceOf(BusyResourceError);
      expect(error.message).toMatch(
        /Cannot recvfrom on .*by task 'second': recv on .*by task 'first' is already/,
      );
      first.cancel();
      yield* sleep(0);
    });

    function* receive(): Coroutine<unknown> {
      return yield* loop.sockRecv(near);
    }
    function* receiveFrom(): Coroutine<unknown> {
      return yield* loop.sockRecvfrom(near, 10);
    }
  });

  it('a buffer given away while its call waits is an error, not the end of the stream', () => {
    const { loop } = realLoop();
    const [near, far] = pair();
    loop.run(function* (): Coroutine<void> {
      for (const call of ['sockRecvInto', 'sockRecvfromInto'] as const) {
        const buffer = new Uint8Array(8);
        const waiting = loop[call](near, buffer);
        structuredClone(buffer.buffer, { transfer: [buffer.buffer] });
        far.sendall(Buffer.from('x'));
        yield* sleep(5);
        expect((waiting.exception() as Error).message).toMatch(/memory was transferred or resized/);
        expect((yield* loop.sockRecv(near)).toString()).toBe('x');
      }
      const data = new Uint8Array(4_000_000);
      const sending = loop.sockSendall(near, data);
      structuredClone(data.buffer, { transfer: [data.buffer] });
      far.recv(100_000);
      far.setblocking(false);
      while (!sending.done()) {
        yield* sleep(1);
        try {
          far.recv(1_000_000);
        } catch {
          // Drained for now.
        }
      }
      expect((sending.exception() as Error).message).toMatch(/^send: .*transferred or resized/);
    });
  });

  it('bad input', () => {
    const { loop } = realLoop();
    const sock = udp();
    expect(caught(() => loop.sockRecvfrom(sock, 0))).toBeInstanceOf(RangeError);
    expect(caught(() => loop.sockRecvfrom(sock, Number.NaN))).toBeInstanceOf(RangeError);
    expect(caught(() => loop.sockRecvfrom(sock, 2 ** 40))).toBeInstanceOf(RangeError);
    expect(caught(() => loop.sockRecvfromInto(sock, Buffer.alloc(0))).message).toMatch(/no room/);
    expect(caught(() => loop.sockRecvfromInto(sock, Buffer.alloc(4), 5))).toBeInstanceOf(RangeError);
    expect(caught(() => loop.sockSendto(sock, 'x' as never, ['', 1])).message).toMatch(/Buffer\.from/);
    expect(caught(() => loop.sockSendto(sock, Buffer.alloc(1), ['h', 1])).message).toMatch(/resolve names/);
    expect(caught(() => loop.sockRecvfrom({} as never, 1))).toBeInstanceOf(TypeError);
    sock.close();
    expect(caught(() => loop.sockRecvfrom(sock, 1)).message).toMatch(/closed/);
  });
});
