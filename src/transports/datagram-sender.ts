/**
 * What a datagram transport sends: with other messages of the same turn, at once, or behind what waits.
 * docs/decisions/0026-datagrams-in-batches.md says which, and what order it keeps.
 */

import { recordByteCount } from '../addresses/address.ts';
import { isNotNow } from '../kernel/os-error.ts';
import { BATCHED_BYTES_MAX, type BatchedSender } from '../loop/send-batch.ts';
import type { Socket } from '../sockets/socket.ts';
import { DatagramQueue, DatagramSink, HEADER_BYTES } from './datagram-queue.ts';
import { WritingSide, type WritingTransport } from './writing-side.ts';

/** The transport of a {@link DatagramSender}. */
export interface MessagingTransport extends WritingTransport {
  /** How many unsent bytes it holds before its protocol is paused. */
  readonly highBytes: number;
  /** As {@link WritingTransport.sendFailed}, in a turn to come. */
  sendFailedBefore(reason: unknown): void;
}

export class DatagramSender implements BatchedSender {
  /** Whether something of it waits for the end of the loop's batch. */
  isBatched = false;
  private readonly transport: MessagingTransport;
  private readonly sink: DatagramSink;
  private readonly side: WritingSide<DatagramQueue>;
  /** Whether messages to different addresses wait for different receivers. */
  private readonly hasLanes: boolean;
  /** What is collected counts for so much, if anything is. */
  private collectedByteCount = 0;
  /** The loop's number of wakes when it has sent last, and how many messages since then. */
  private wakeNumber = 0;
  private sentCount = 0;

  constructor(transport: MessagingTransport, sock: Socket, connected: boolean) {
    this.transport = transport;
    this.sink = new DatagramSink(transport.loop, sock, connected);
    this.hasLanes = !connected && sock.family === sock.kernel.constants.AF_UNIX;
    this.side = new WritingSide(transport, new DatagramQueue(this.sink, this.hasLanes));
  }

  /** How many bytes the kernel has not taken, of all that was sent. */
  get unsentByteCount(): number {
    this.finishBatch();
    return this.side.queue.byteCount;
  }

  /**
   * Sends a message to an address record, from the start of `address`; to the peer if its size is 0.
   * @param mayCollect whether it may go with others of the turn, so that its errors come later
   */
  send(data: Uint8Array, address: Uint8Array, addressByteCount: number, mayCollect: boolean): void {
    const { sends } = this.transport.loop.io;
    if (mayCollect && !sends.isOpen && this.isSecond(sends.wakeNumber)) sends.open();
    if (sends.isOpen) {
      if (mayCollect && this.collects(data.length)) {
        sends.addMessage(this.transport.slot.fd, this, data, address, addressByteCount);
        return;
      }
      sends.flush();
    }
    const { queue } = this.side;
    const target = address.subarray(0, addressByteCount);
    if (queue.byteCount === 0 || !queue.isBehindOthers(target)) {
      const result = this.sink.send(data, address, addressByteCount);
      if (result >= 0) return;
      if (!isNotNow(result)) {
        this.transport.sendFailed(result);
        return;
      }
    }
    queue.push(data, target);
    this.side.wait();
  }

  /** @internal BatchedSender. */
  sent(bytes: Uint8Array, result: number): void {
    this.isBatched = false;
    if (!isNotNow(result)) {
      this.transport.sendFailedBefore(result);
      return;
    }
    const addressByteCount = this.sink.connected ? 0 : recordByteCount(bytes);
    try {
      this.side.queue.push(bytes.subarray(addressByteCount), bytes.subarray(0, addressByteCount));
      this.side.wait();
    } catch (error) {
      // The descriptor cannot be waited for. Nobody's call is under way that it could be thrown into.
      this.transport.sendFailedBefore(error);
    }
  }

  /** Drops what is queued. What is only collected was sent before the kernel was full. */
  discard(): void {
    this.finishBatch();
    this.side.discard();
  }

  /** Whether a message is the second one since the loop has gone on: then others may follow. */
  private isSecond(wakeNumber: number): boolean {
    if (this.wakeNumber !== wakeNumber) this.sentCount = 0;
    this.wakeNumber = wakeNumber;
    return ++this.sentCount === 2;
  }

  private finishBatch(): void {
    if (this.isBatched) this.transport.loop.io.sends.flush();
  }

  /**
   * Whether a message may go with others: nothing is before it, and if the kernel takes none of them, the
   * protocol need not be paused.
   */
  private collects(byteCount: number): boolean {
    if (byteCount > BATCHED_BYTES_MAX || this.hasLanes || !this.side.isIdle) return false;
    const collected = (this.isBatched ? this.collectedByteCount : 0) + byteCount + HEADER_BYTES;
    if (collected > this.transport.highBytes) return false;
    this.collectedByteCount = collected;
    return true;
  }
}
