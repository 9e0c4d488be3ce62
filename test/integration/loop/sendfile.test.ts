/** sockSendfile, and Socket.sendfile, against the real system. */
import { createHash } from 'node:crypto';
import { readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { type Coroutine, createTask, sleep } from '../../../src/index.ts';
import { ENOSYS } from '../../../src/kernel/errno.ts';
import type { Kernel } from '../../../src/kernel/kernel.ts';
import { defaultKernel } from '../../../src/lowlevel.ts';
import { SendfileNotAvailableError, SOCK_DGRAM, type Socket } from '../../../src/socket.ts';
import { failOnFdLeaks } from '../../support/fd-leaks.ts';
import { openFileOf } from '../../support/open-file.ts';
import { caught } from '../../unit/loop/virtual-loop.ts';
import { kernelWith, pair, realLoop } from './real-loop.ts';

failOnFdLeaks();

const SIZE = 3_000_001;
const content = Buffer.alloc(SIZE);
for (let i = 0; i < SIZE; i++) content[i] = (i * 31 + (i >> 8)) & 0xff;

function hash(data: Uint8Array): string {
  return createHash('sha1').update(data).digest('hex');
}

/** The real system without sendfile. */
function withoutSendfile(): Kernel {
  const real = defaultKernel();
  return kernelWith({ sockets: { ...real.sockets, sendfile: () => -ENOSYS } });
}

describe.each([
  ['the kernel copies', defaultKernel],
  ['read and sent', withoutSendfile],
])('sockSendfile, %s', (_name, newKernel) => {
  it.each([
    [0, null, SIZE],
    [1, null, SIZE - 1],
    [2_999_000, null, 1001],
    [100, 70_001, 70_001],
    [100, SIZE * 2, SIZE - 100],
    [SIZE, null, 0],
    [SIZE + 5, 10, 0],
  ])('from %d, %s bytes: %d', (offset, byteCount, expected) => {
    const kernel = newKernel();
    const { loop } = realLoop({ kernel });
    const [near, far] = pair(undefined, kernel);
    const file = openFileOf(content);
    const received = loop.run(function* (): Coroutine<Buffer> {
      const receiving = createTask(receiveAll(far));
      expect(yield* loop.sockSendfile(near, file, offset, byteCount)).toBe(expected);
      near.close();
      return yield* receiving;
    });
    expect(received.length).toBe(expected);
    expect(hash(received)).toBe(hash(content.subarray(offset, offset + expected)));
    // The position is where it was.
    const first = Buffer.alloc(1);
    readSync(file, first);
    expect(first[0]).toBe(content[0]);

    function* receiveAll(sock: Socket): Coroutine<Buffer> {
      const parts: Buffer[] = [];
      for (;;) {
        const data = yield* loop.sockRecv(sock, 65_536);
        if (data.length === 0) return Buffer.concat(parts);
        parts.push(data);
      }
    }
  });

  it('a dead peer is EPIPE or ECONNRESET', () => {
    const kernel = newKernel();
    const { loop } = realLoop({ kernel });
    const [near, far] = pair(undefined, kernel);
    far.close();
    const file = openFileOf(content);
    loop.run(function* (): Coroutine<void> {
      yield* sleep(0);
      const code = (loop.sockSendfile(near, file).exception() as NodeJS.ErrnoException).code;
      expect(['EPIPE', 'ECONNRESET']).toContain(code);
    });
  });

  it('can be cancelled, and the socket be closed under it', () => {
    const kernel = newKernel();
    const { loop } = realLoop({ kernel });
    const [near] = pair(undefined, kernel);
    const file = openFileOf(content);
    loop.run(function* (): Coroutine<void> {
      const first = loop.sockSendfile(near, file);
      yield* sleep(1);
      expect(first.cancel()).toBe(true);
      const second = loop.sockSendfile(near, file);
      const third = caught(() => loop.sockSendall(near, Buffer.from('x')));
      expect(third.message).toMatch(/sendfile on .* is already waiting/);
      yield* sleep(1);
      near.close();
      expect((second.exception() as Error).message).toMatch(/was closed here while/);
    });
  });
});

describe('sockSendfile', () => {
  it('without a fallback says that the system cannot', () => {
    const kernel = withoutSendfile();
    const { loop } = realLoop({ kernel });
    const [near] = pair(undefined, kernel);
    const file = openFileOf(content);
    loop.run(function* (): Coroutine<void> {
      yield* sleep(0);
      const error = loop.sockSendfile(near, file, 0, null, { fallback: false }).exception() as Error;
      expect(error).toBeInstanceOf(SendfileNotAvailableError);
      expect(error.cause).toMatchObject({ code: 'ENOSYS' });
    });
  });

  it('takes a FileHandle', async () => {
    const file = openFileOf(Buffer.from('through a handle'));
    const handle = await open(process.platform === 'linux' ? `/proc/self/fd/${file}` : `/dev/fd/${file}`);
    const { loop } = realLoop();
    const [near, far] = pair();
    expect(loop.run(() => send(loop.sockSendfile(near, handle, 8)))).toBe(8);
    expect(far.recv(100).toString()).toBe('a handle');
    await handle.close();

    function* send(sending: ReturnType<typeof loop.sockSendfile>): Coroutine<number> {
      return yield* sending;
    }
  });

  it('bad input', () => {
    const { loop } = realLoop();
    const [near] = pair();
    const [datagram] = pair(SOCK_DGRAM);
    const file = openFileOf(content);
    expect(caught(() => loop.sockSendfile(near, -1))).toBeInstanceOf(RangeError);
    expect(caught(() => loop.sockSendfile(near, 'path' as never))).toBeInstanceOf(TypeError);
    expect(caught(() => loop.sockSendfile(near, 123_456))).toMatchObject({ code: 'EBADF' });
    expect(caught(() => loop.sockSendfile(near, near.fileno())).message).toMatch(/not a regular file/);
    for (const wrong of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(caught(() => loop.sockSendfile(near, file, wrong))).toBeInstanceOf(RangeError);
      expect(caught(() => loop.sockSendfile(near, file, 0, wrong))).toBeInstanceOf(RangeError);
    }
    expect(caught(() => loop.sockSendfile(near, file, 0, 0))).toBeInstanceOf(RangeError);
    expect(caught(() => loop.sockSendfile(datagram, file)).message).toMatch(/SOCK_STREAM/);
  });
});

describe('Socket.sendfile', () => {
  it('sends a part, waiting for room as long as the time-out says', () => {
    const [near, far] = pair();
    const file = openFileOf(content);
    expect(near.sendfile(file, 10, 5000)).toBe(5000);
    expect(hash(far.recv(5000))).toBe(hash(content.subarray(10, 5010)));
    near.settimeout(5);
    expect(caught(() => near.sendfile(file)).name).toBe('TimeoutError');
    near.setblocking(false);
    expect(caught(() => near.sendfile(file)).name).toBe('BlockingIOError');
  });
});
