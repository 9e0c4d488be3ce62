/**
 * What is collected goes to memory that the senders of the last batch are told of. A report of an error, and
 * an instrument, could write while they were: it was put over what others had still to queue.
 */
import { expect, test } from 'vitest';
import { type BatchedSender, SendBatch } from '../../src/loop/send-batch.ts';
import { kernelWith } from '../integration/loop/real-loop.ts';

/** Keeps what was not taken, and then does `more`. */
class Keeping implements BatchedSender {
  isBatched = false;
  readonly kept: string[] = [];
  private readonly more: () => void;

  constructor(more: () => void = () => {}) {
    this.more = more;
  }

  sent(bytes: Uint8Array): void {
    this.isBatched = false;
    this.kept.push(Buffer.from(bytes).toString());
    this.more();
  }
}

/** A kernel that takes nothing, which a batch of two begins on. */
function world() {
  const sendEach = (requests: Int32Array, _memory: Uint8Array, count: number): number => {
    for (let i = 0; i < count; i++) requests[3 * i + 1] = -1;
    return count;
  };
  const batch = new SendBatch({ kernel: kernelWith({ sockets: { sendEach } }), instruments: null });
  batch.resume(2);
  batch.open();
  return batch;
}

test('bytes that are written in between are not put over others', () => {
  const batch = world();
  const late = new Keeping();
  const first = new Keeping(() => {
    batch.open();
    if (batch.isOpen) batch.add(9, late, Buffer.from('written later'));
  });
  const second = new Keeping();
  batch.add(7, first, Buffer.from('first'));
  batch.add(8, second, Buffer.from('second'));
  batch.flush();
  expect([first.kept, second.kept]).toEqual([['first'], ['second']]);
  // Where it is open, it goes on.
  expect(batch.isOpen).toBe(true);
  batch.suspend();
});
