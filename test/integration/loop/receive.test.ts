/** sockRecv and sockRecvInto against the real system. */
import { describe, expect, it } from 'vitest';
import { BusyResourceError, type Coroutine, createTask, OSError, sleep } from '../../../src/index.ts';
import { defaultKernel } from '../../../src/lowlevel.ts';
import { SOCK_DGRAM, SOCK_STREAM } from '../../../src/socket.ts';
import { failOnFdLeaks } from '../../support/fd-leaks.ts';
import { caught } from '../../unit/loop/virtual-loop.ts';
import { countingKernel, kernelWith, pair, realLoop } from './real-loop.ts';

failOnFdLeaks();

describe('sockRecv', () => {
  it('leaves the data for the next call when it is cancelled', () => {
    const { loop } = realLoop();
    const [near, far] = pair();
    loop.run(function* (): Coroutine<void> {
      const first = createTask(receive(near));
      yield* sleep(1);
      first.cancel();
      yield* sleep(0);
      expect(first.cancelled()).toBe(true);
      far.sendall(Buffer.from('for the second'));
      expect(yield* receive(near)).toBe('for the second');
    });

    function* receive(sock: typeof near): Coroutine<string> {
      return (yield* loop.sockRecv(sock)).toString();
    }
  });

  it('refuses a second receiver at once, and names the first one', () => {
    const { loop } = realLoop();
    const [near] = pair();
    const first = loop.sockRecv(near);
    const error = caught(() => loop.sockRecv(near));
    expect(error).toBeInstanceOf(BusyResourceError);
    expect(error.message).toContain('recv');
    expect(error.message).toContain(String(near));
    const other = caught(() => loop.sockRecvInto(near, Buffer.alloc(1)));
    expect(other).toBeInstanceOf(BusyResourceError);
    expect(other.message).toContain('recv on');
    first.cancel();
  });

  it('refuses a second receiver of another kind also when that one would succeed at once', () => {
    const { loop } = realLoop();
    const [near, far] = pair();
    loop.run(function* (): Coroutine<void> {
      far.sendall(Buffer.from('four more'));
      expect(yield* loop.sockRecvInto(near, Buffer.alloc(4))).toBe(4);
      const first = loop.sockRecv(near);
      expect(() => loop.sockRecvInto(near, Buffer.alloc(4))).toThrow(BusyResourceError);
      expect((yield* first).toString()).toBe(' more');
    });
  });

  it('works again after a refusal', () => {
    const { loop } = realLoop();
    const [near, far] = pair();
    const first = loop.sockRecv(near);
    expect(() => loop.sockRecv(near)).toThrow(BusyResourceError);
    far.sendall(Buffer.from('x'));
    expect(loop.runUntilComplete(first).toString()).toBe('x');
    far.sendall(Buffer.from('y'));
    expect(loop.runUntilComplete(loop.sockRecv(near)).toString()).toBe('y');
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses a byteCount of %s', (byteCount) => {
    const { loop } = realLoop();
    const [near] = pair();
    expect(() => loop.sockRecv(near, byteCount)).toThrow(RangeError);
  });

  it('refuses what is not a socket, and a closed socket', () => {
    const { loop } = realLoop();
    const [near] = pair();
    expect(() => loop.sockRecv(3 as never)).toThrow(TypeError);
    near.close();
    expect(caught(() => loop.sockRecv(near))).toMatchObject({ code: 'EBADF' });
  });

  it('hands out buffers that later receives do not overwrite', () => {
    const { loop } = realLoop();
    const [near, far] = pair();
    loop.run(function* (): Coroutine<void> {
      const kept: Buffer[] = [];
      for (let i = 0; i < 600; i++) {
        far.sendall(Buffer.alloc(1000, i % 251));
        kept.push(yield* loop.sockRecv(near, 1000));
      }
      for (const [i, data] of kept.entries()) {
        expect(data.length).toBe(1000);
        expect(data.every((byte) => byte === i % 251)).toBe(true);
      }
    });
  });

  it('never cuts a datagram that fits in byteCount', () => {
    const { loop } = realLoop();
    const [near, far] = pair(SOCK_DGRAM);
    const sizes: number[] = [];
    loop.run(function* (): Coroutine<void> {
      for (let i = 0; i < 20; i++) {
        far.send(Buffer.alloc(60_000 + i));
        sizes.push((yield* loop.sockRecv(near, 65_536)).length);
      }
    });
    expect(sizes).toEqual(Array.from({ length: 20 }, (_, i) => 60_000 + i));
  });

  it('gives at most byteCount bytes of a stream and keeps the rest', () => {
    const { loop } = realLoop();
    const [near, far] = pair(SOCK_STREAM);
    far.sendall(Buffer.from('abcdefg'));
    const parts = loop.run(function* (): Coroutine<string[]> {
      const texts: string[] = [];
      for (const byteCount of [3, 3, 3]) texts.push((yield* loop.sockRecv(near, byteCount)).toString());
      return texts;
    });
    expect(parts).toEqual(['abc', 'def', 'g']);
  });
});

describe('sockRecvInto', () => {
  it('fills the buffer it is given, and says how much', () => {
    const { loop } = realLoop();
    const [near, far] = pair();
    const buffer = Buffer.alloc(8, '.');
    far.sendall(Buffer.from('hello'));
    expect(loop.runUntilComplete(loop.sockRecvInto(near, buffer))).toBe(5);
    expect(buffer.toString()).toBe('hello...');
    far.close();
    expect(loop.runUntilComplete(loop.sockRecvInto(near, buffer))).toBe(0);
  });

  it('refuses an empty buffer, and what is not bytes', () => {
    const { loop } = realLoop();
    const [near] = pair();
    expect(() => loop.sockRecvInto(near, Buffer.alloc(0))).toThrow(RangeError);
    expect(() => loop.sockRecvInto(near, 'text' as never)).toThrow(TypeError);
  });

  it('writes nothing into the buffer of a receive that was cancelled', () => {
    const { loop } = realLoop();
    const [near, far] = pair();
    const buffer = Buffer.alloc(4);
    loop.sockRecvInto(near, buffer).cancel();
    far.sendall(Buffer.from('data'));
    expect(loop.runUntilComplete(loop.sockRecv(near)).toString()).toBe('data');
    expect(buffer.every((byte) => byte === 0)).toBe(true);
  });
});

describe('interest in the kernel', () => {
  it('an echo in steady state changes it once, however many messages', () => {
    const { kernel, changes } = countingKernel();
    const { loop } = realLoop({ kernel });
    const [near, far] = pair(undefined, kernel);
    loop.run(function* (): Coroutine<void> {
      for (let i = 0; i < 100; i++) {
        const receiving = loop.sockRecv(near);
        yield* loop.sockSendall(far, Buffer.from('ping'));
        yield* receiving;
      }
    });
    expect(changes).toEqual([{ fd: near.fileno(), before: 0, after: 1 }]);
  });

  it('and each message costs one recv, none that ends in EAGAIN', () => {
    const { recv } = defaultKernel().sockets;
    const results: number[] = [];
    const counted: typeof recv = (...args) => {
      results.push(recv(...args));
      return results.at(-1) as number;
    };
    const kernel = kernelWith({ sockets: { recv: counted } });
    const { loop } = realLoop({ kernel });
    const [near, far] = pair(undefined, kernel);
    loop.run(function* (): Coroutine<void> {
      for (let i = 0; i < 50; i++) {
        yield* loop.sockSendall(far, Buffer.from('ping'));
        yield* loop.sockRecv(near);
      }
    });
    expect(results).toEqual(Array.from({ length: 50 }, () => 4));
  });

  it('is gone when the socket is closed, so its number can be used again', () => {
    const { kernel, changes } = countingKernel();
    const { loop } = realLoop({ kernel });
    const [near] = pair(undefined, kernel);
    const fd = near.fileno();
    const receiving = loop.sockRecv(near);
    near.close();
    expect(changes.at(-1)).toEqual({ fd, before: 1, after: 0 });
    expect(receiving.exception()).toBeInstanceOf(OSError);
    const [again, far] = pair(undefined, kernel);
    far.sendall(Buffer.from('new owner'));
    expect(loop.runUntilComplete(loop.sockRecv(again)).toString()).toBe('new owner');
  });
});
