/** Bytes that wait to be sent, in the pieces they were given in, and how they go to the kernel: many pieces in one call. */

import type { FdCalls, SocketCalls } from '../kernel/kernel.ts';

/** Stands where a piece was, so that the piece can be freed. */
const SENT = new Uint8Array(0);

/** Sent pieces in front are cut off when there are so many, and more than half of all: each is then moved once on average. */
const CUT_ABOVE = 256;

export class WriteQueue {
  /** Bytes that wait. */
  byteCount = 0;
  private readonly pieces: Uint8Array[] = [];
  /** Index of the first piece that is not yet sent, and how many of its bytes are. */
  private first = 0;
  private firstOffset = 0;

  /** Adds `piece` without its first `offset` bytes. Kept as it is, not copied. */
  push(piece: Uint8Array, offset: number): void {
    if (piece.length === offset) return;
    if (this.byteCount === 0) this.firstOffset = offset;
    // Only what begins the queue has been sent in part.
    this.pieces.push(this.byteCount === 0 || offset === 0 ? piece : piece.subarray(offset));
    this.byteCount += piece.length - offset;
  }

  /** Sends to a socket what it takes now. Returns how many bytes, or `-errno`. */
  sendTo(sockets: SocketCalls, fd: number): number {
    const { pieces, first, firstOffset } = this;
    const piece = pieces[first] as Uint8Array;
    const result =
      pieces.length - first === 1
        ? sockets.send(fd, piece, firstOffset, piece.length - firstOffset, 0)
        : sockets.sendv(fd, pieces, first, pieces.length - first, firstOffset, 0);
    if (result > 0) this.drop(result);
    return result;
  }

  /** As {@link sendTo}, to any descriptor. */
  writeTo(fds: FdCalls, fd: number): number {
    const { pieces, first, firstOffset } = this;
    const piece = pieces[first] as Uint8Array;
    const result =
      pieces.length - first === 1
        ? fds.write(fd, piece, firstOffset, piece.length - firstOffset)
        : fds.writev(fd, pieces, first, pieces.length - first, firstOffset);
    if (result > 0) this.drop(result);
    return result;
  }

  clear(): void {
    this.pieces.length = 0;
    this.first = 0;
    this.firstOffset = 0;
    this.byteCount = 0;
  }

  /** The first `byteCount` bytes were sent. */
  private drop(byteCount: number): void {
    this.byteCount -= byteCount;
    if (this.byteCount === 0) {
      this.clear();
      return;
    }
    const { pieces } = this;
    let left = byteCount + this.firstOffset;
    for (let size = this.firstSize(); left >= size; size = this.firstSize()) {
      pieces[this.first] = SENT;
      this.first++;
      left -= size;
    }
    this.firstOffset = left;
    if (this.first > CUT_ABOVE && this.first * 2 > pieces.length) {
      pieces.splice(0, this.first);
      this.first = 0;
    }
  }

  private firstSize(): number {
    return (this.pieces[this.first] as Uint8Array).length;
  }
}
