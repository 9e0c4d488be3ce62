/** What the tests of lent memory have in common: an echo whose answers the kernel takes bit by bit. */
import { expect } from 'vitest';
import type { Coroutine, EventLoop } from '../../../src/index.ts';
import { EAGAIN } from '../../../src/kernel/errno.ts';
import type { Kernel } from '../../../src/kernel/kernel.ts';
import type { Socket } from '../../../src/socket.ts';
import { kernelWith } from './real-loop.ts';

/** Of messages that are received alone, and so lent. */
export const LARGE = 50_000;
/** How many of them {@link exchange} sends. */
export const EXCHANGES = 6;

/** Of three sends the first takes a third, the next one nothing, the last all. `counts.sends`: how many. */
export function stutteringKernel(): { readonly kernel: Kernel; readonly counts: { sends: number } } {
  const counts = { sends: 0 };
  const real = kernelWith({}).sockets;
  const kernel = kernelWith({
    sockets: {
      send: (fd, data, offset, byteCount, flags) => {
        const turn = ++counts.sends % 3;
        if (turn === 2) return -EAGAIN;
        return real.send(fd, data, offset, turn === 1 ? Math.ceil(byteCount / 3) : byteCount, flags);
      },
    },
  });
  return { kernel, counts };
}

/** Sends messages of this client's own, each when the one before has come back as it was. */
export function* exchange(loop: EventLoop, sock: Socket, client: number): Coroutine<void> {
  for (let i = 0; i < EXCHANGES; i++) {
    const message = Buffer.alloc(LARGE, client * 16 + i);
    yield* loop.sockSendall(sock, message);
    const back: Buffer[] = [];
    for (let left = LARGE; left > 0; left -= (back.at(-1) as Buffer).length)
      back.push(yield* loop.sockRecv(sock, left));
    expect(Buffer.concat(back).equals(message)).toBe(true);
  }
}
