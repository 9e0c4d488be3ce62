/**
 * Bytes that wait to be sent, in the pieces they were given in, and how they go to the kernel: many pieces in
 * one call.
 *
 * The pieces are the caller's memory and are not copied. Their sizes are kept as they were when they came:
 * memory that is transferred or resized meanwhile (`postMessage`, `structuredClone`, `resize`) is noticed
 * before anything is sent of it.
 */

import type { Unsent } from './writing-side.ts';

/** Where a queue's bytes go. Each method returns how many bytes were taken, or `-errno`. */
export interface Sink {
  /** Sends the bytes of `piece` from `offset` on. */
  send(piece: Uint8Array, offset: number): number;
  /** Sends `pieces` from index `first` on, the first one without its first `firstOffset` bytes. */
  sendMany(pieces: readonly Uint8Array[], first: number, firstOffset: number): number;
}

/** Stands where a piece was, so that the piece can be freed. */
const SENT = new Uint8Array(0);

/**
 * Sent pieces in front are cut off above this number, when they are more than half: each is then moved once
 * on average.
 */
const CUT_ABOVE = 256;

/** How many pieces one call takes at most: IOV_MAX of Linux and the BSDs. */
const PIECES_PER_CALL = 1024;

export class WriteQueue implements Unsent {
  /** Bytes that wait. */
  byteCount = 0;
  private readonly sink: Sink;
  private pieces: Uint8Array[] = [];
  /** How long each piece was when it came. */
  private sizes: number[] = [];
  /** Index of the first piece that is not yet sent, and how many of its bytes are. */
  private first = 0;
  private firstOffset = 0;

  constructor(sink: Sink) {
    this.sink = sink;
  }

  /** Adds `piece` without its first `offset` bytes. Kept as it is, not copied. */
  push(piece: Uint8Array, offset: number): void {
    const size = piece.length;
    if (size === offset) return;
    if (this.byteCount === 0) this.firstOffset = offset;
    // Only what begins the queue has been sent in part.
    const isFirst = this.byteCount === 0 || offset === 0;
    this.pieces.push(isFirst ? piece : piece.subarray(offset));
    this.sizes.push(isFirst ? size : size - offset);
    this.byteCount += size - offset;
  }

  /**
   * Sends what the sink takes now. Returns how many bytes, or `-errno`.
   * @throws TypeError when the memory of a piece has changed
   */
  send(): number {
    const { pieces, first, firstOffset, sink } = this;
    this.requireUnchanged();
    const result =
      pieces.length - first === 1
        ? sink.send(pieces[first] as Uint8Array, firstOffset)
        : sink.sendMany(pieces, first, firstOffset);
    if (result > 0) this.drop(result);
    return result;
  }

  clear(): void {
    // Setting their length to 0 frees their room too, and takes V8 five times as long.
    this.pieces = [];
    this.sizes = [];
    this.first = 0;
    this.firstOffset = 0;
    this.byteCount = 0;
  }

  private requireUnchanged(): void {
    const { pieces, sizes, first } = this;
    const end = Math.min(pieces.length, first + PIECES_PER_CALL);
    for (let i = first; i < end; i++) {
      if ((pieces[i] as Uint8Array).length !== sizes[i]) throw memoryChanged();
    }
  }

  /** The first `byteCount` bytes were sent. */
  private drop(byteCount: number): void {
    this.byteCount -= byteCount;
    if (this.byteCount === 0) {
      this.clear();
      return;
    }
    const { pieces, sizes } = this;
    let left = byteCount + this.firstOffset;
    for (let size = sizes[this.first] as number; left >= size; size = sizes[this.first] as number) {
      pieces[this.first] = SENT;
      this.first++;
      left -= size;
    }
    this.firstOffset = left;
    if (this.first > CUT_ABOVE && this.first * 2 > pieces.length) {
      pieces.splice(0, this.first);
      sizes.splice(0, this.first);
      this.first = 0;
    }
  }
}

/** The error of a connection whose unsent bytes are gone. */
export function memoryChanged(): TypeError {
  return new TypeError(
    'write: the memory of bytes that waited to be sent was transferred or resized. ' +
      'Written bytes must stay as they are until they are sent; write a copy instead.',
  );
}
