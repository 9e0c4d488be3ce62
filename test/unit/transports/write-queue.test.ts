/** The queue of unsent bytes against a kernel that takes what the test says. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FdCalls, SocketCalls } from '../../../src/kernel/kernel.ts';
import type { LoopCore } from '../../../src/loop/loop-core.ts';
import type { Socket } from '../../../src/sockets/socket.ts';
import { FdSink, SocketSink } from '../../../src/transports/stream-sender.ts';
import { WriteQueue } from '../../../src/transports/write-queue.ts';
import { holds } from '../../support/property.ts';

/** Takes as many bytes as `amounts` says, one call after the other, and keeps them. */
function taker(amounts: number[]) {
  const taken: Buffer[] = [];
  const calls: string[] = [];
  const take = (name: string, pieces: Uint8Array[]): number => {
    calls.push(`${name} ${pieces.length}`);
    const amount = amounts.shift() ?? Number.POSITIVE_INFINITY;
    if (amount < 0) return amount;
    const bytes = Buffer.concat(pieces).subarray(0, amount);
    taken.push(Buffer.from(bytes));
    return bytes.length;
  };
  const one = (name: string) => (_fd: number, data: Uint8Array, offset: number, count: number) =>
    take(name, [data.subarray(offset, offset + count)]);
  const many =
    (name: string) =>
    (_fd: number, pieces: readonly Uint8Array[], first: number, count: number, firstOffset: number) => {
      const [head, ...rest] = pieces.slice(first, first + count) as [Uint8Array, ...Uint8Array[]];
      return take(name, [head.subarray(firstOffset), ...rest]);
    };
  const sockets = { send: one('send'), sendv: many('sendv') } as unknown as SocketCalls;
  const fds = { write: one('write'), writev: many('writev') } as unknown as FdCalls;
  const loop = { kernel: { sockets, fds }, instruments: null } as unknown as LoopCore;
  return {
    sockets: new SocketSink(loop, { fd: 1 } as Socket),
    fds: new FdSink(loop, 1),
    calls,
    text: () => Buffer.concat(taken).toString(),
  };
}

describe('write queue', () => {
  test('one piece goes by send, several by sendv', () => {
    const { sockets, calls, text } = taker([2, 3]);
    const queue = new WriteQueue(sockets);
    const large = 'x'.repeat(1000);
    queue.push(Buffer.from('abcdef'), 1);
    queue.send();
    queue.push(Buffer.from(large), 0);
    queue.push(Buffer.from('ij'), 0);
    expect(queue.byteCount).toBe(1005);
    queue.send();
    queue.send();
    expect(calls).toEqual(['send 1', 'sendv 3', 'sendv 2']);
    expect(text()).toBe(`bcdef${large}ij`);
    expect(queue.byteCount).toBe(0);
  });

  test('several small ones go as one, and what was not taken goes again', () => {
    const { sockets, calls, text } = taker([5, -11]);
    const queue = new WriteQueue(sockets);
    for (const piece of ['abc', 'def', 'ghi']) queue.push(Buffer.from(piece), 0);
    queue.send();
    expect(queue.byteCount).toBe(4);
    expect(queue.send()).toBe(-11);
    queue.push(Buffer.from('jkl'), 0);
    queue.send();
    expect(calls).toEqual(['send 1', 'send 1', 'send 1']);
    expect(text()).toBe('abcdefghijkl');
    expect(queue.byteCount).toBe(0);
  });

  test('pieces of any sizes: small ones together are as long as they were', () => {
    const sizes = fc.array(fc.oneof(fc.integer({ min: 0, max: 700 }), fc.integer({ min: 0, max: 20_000 })), {
      maxLength: 60,
    });
    const amounts = fc.array(fc.integer({ min: 1, max: 20_000 }), { maxLength: 30 });
    holds(
      fc.property(sizes, amounts, (lengths, taken) => {
        const { sockets, text } = taker([...taken]);
        const queue = new WriteQueue(sockets);
        const pieces = lengths.map((length, i) => Buffer.alloc(length, `${i}|`));
        for (const piece of pieces) queue.push(piece, 0);
        while (queue.byteCount > 0) queue.send();
        return text() === Buffer.concat(pieces).toString();
      }),
    );
  });

  test('pipes have write and writev', () => {
    const { fds, calls, text } = taker([1]);
    const queue = new WriteQueue(fds);
    queue.push(Buffer.from('ab'), 0);
    queue.send();
    queue.push(Buffer.from('cd'), 0);
    queue.send();
    expect(calls).toEqual(['write 1', 'writev 2']);
    expect(text()).toBe('abcd');
  });

  test('a refusal changes nothing', () => {
    const { sockets, text } = taker([-11]);
    const queue = new WriteQueue(sockets);
    queue.push(Buffer.from('ab'), 0);
    expect(queue.send()).toBe(-11);
    expect(queue.byteCount).toBe(2);
    queue.send();
    expect(text()).toBe('ab');
  });

  test('a piece that was sent in part and follows others keeps its rest only', () => {
    const { sockets, text } = taker([]);
    const queue = new WriteQueue(sockets);
    queue.push(Buffer.from('ab'), 0);
    queue.push(Buffer.from('xcd'), 1);
    queue.push(Buffer.from(''), 0);
    queue.push(Buffer.from('zz'), 2);
    expect(queue.byteCount).toBe(4);
    queue.send();
    expect(text()).toBe('abcd');
  });

  test('any amounts, any pieces: every byte once, in order', () => {
    let seed = 7;
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed % below;
    };
    const { sockets, text } = taker(Array.from({ length: 3000 }, () => random(40)));
    const queue = new WriteQueue(sockets);
    let all = '';
    for (let i = 0; i < 3000; i++) {
      const piece = Buffer.from(String(i).padStart(1 + random(12), '.'));
      const offset = random(piece.length + 1);
      all += piece.subarray(offset).toString();
      queue.push(piece, offset);
      if (queue.byteCount > 0 && random(3) > 0) queue.send();
    }
    while (queue.byteCount > 0) queue.send();
    expect(text()).toBe(all);
  });

  test('what was cleared is not sent', () => {
    const { sockets, text } = taker([1]);
    const queue = new WriteQueue(sockets);
    queue.push(Buffer.from('abc'), 0);
    queue.send();
    queue.clear();
    expect(queue.byteCount).toBe(0);
    queue.push(Buffer.from('def'), 0);
    queue.send();
    expect(text()).toBe('adef');
  });
});
