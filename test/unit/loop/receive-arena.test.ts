/** The memory that received bytes land in, over a kernel that fills whatever it is given. */
import { describe, expect, it } from 'vitest';
import { EAGAIN } from '../../../src/kernel/errno.ts';
import type { Kernel } from '../../../src/kernel/kernel.ts';
import { ReceiveArena, STREAM_ROOM_BYTES } from '../../../src/loop/receive-arena.ts';

/** An arena whose receives get `result(asked)` bytes, each byte the number of the receive. */
function arenaOver(result: (askedByteCount: number) => number): { arena: ReceiveArena; asked: number[] } {
  const asked: number[] = [];
  const recv = (_fd: number, buffer: Uint8Array, offset: number, byteCount: number): number => {
    asked.push(byteCount);
    const count = result(byteCount);
    if (count > 0) buffer.fill(asked.length & 0xff, offset, offset + count);
    return count;
  };
  return {
    arena: new ReceiveArena({
      kernel: { sockets: { recv } } as unknown as Kernel,
      instruments: null,
      ready: null as never,
      getDebug: () => false,
    }),
    asked,
  };
}

describe('ReceiveArena', () => {
  it('hands out what came, and nothing of it is written over', () => {
    const { arena } = arenaOver(() => 1000);
    const kept = Array.from({ length: 700 }, () => arena.take(arena.receive(3, 1000, STREAM_ROOM_BYTES)));
    for (const [i, bytes] of kept.entries()) {
      expect(bytes.length).toBe(1000);
      expect(bytes.every((byte) => byte === ((i + 1) & 0xff))).toBe(true);
    }
  });

  it('asks for all of byteCount, or from a stream for at least 16 KiB of it', () => {
    const { arena, asked } = arenaOver((byteCount) => byteCount);
    for (let i = 0; i < 50; i++) arena.take(arena.receive(3, 60_000, STREAM_ROOM_BYTES));
    expect(Math.min(...asked)).toBeGreaterThanOrEqual(16 * 1024);
    expect(Math.max(...asked)).toBe(60_000);
    expect(arena.askedByteCount).toBe(asked.at(-1));
  });

  it('does not cut what is expected to come whole', () => {
    const { arena, asked } = arenaOver((byteCount) => byteCount);
    for (let i = 0; i < 50; i++) arena.take(arena.receive(3, 100_000, 100_000));
    expect(new Set(asked)).toEqual(new Set([100_000]));
  });

  it('asks for all of byteCount where messages must stay whole, however large', () => {
    const { arena, asked } = arenaOver(() => 100);
    for (const byteCount of [60_000, 250_000, 60_000, 1_000_000, 300_000]) {
      arena.take(arena.receive(3, byteCount, byteCount));
    }
    expect(asked).toEqual([60_000, 250_000, 60_000, 1_000_000, 300_000]);
  });

  it('uses nothing up when nothing came', () => {
    const { arena } = arenaOver(() => -EAGAIN);
    for (let i = 0; i < 1000; i++) expect(arena.receive(3, 100_000, STREAM_ROOM_BYTES)).toBe(-EAGAIN);
    const first = arenaOver(() => 8);
    const [a, b] = [0, 1].map(() => first.arena.take(first.arena.receive(3, 100, STREAM_ROOM_BYTES))) as [
      Buffer,
      Buffer,
    ];
    expect(b.byteOffset - a.byteOffset).toBe(8);
  });
});
