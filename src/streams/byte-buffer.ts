/**
 * Bytes that have been received and not been read, in one piece.
 *
 * The usual case is one piece that is read whole before the next comes: it is passed through as it is. Only
 * when bytes come on top of others are both copied, into memory of our own that doubles, so that a byte is
 * copied twice on average however small the parts. What has been handed out is never written to again: it
 * belongs to its reader.
 *
 * | memory   | holds                               | append                                            |
 * |----------|-------------------------------------|---------------------------------------------------|
 * | borrowed | one piece, as it was appended       | copies both into new memory, which is then owned  |
 * | owned    | all pieces, with room behind them   | copies the new piece, while there is room         |
 */

import { sliceOf } from '../base/buffer-slice.ts';

const NONE = Buffer.alloc(0);

/** Memory of our own has at least this size: many small pieces are why it is needed. */
const MIN_OWNED_BYTES = 4096;

export class ByteBuffer {
  private memory: Buffer = NONE;
  private start = 0;
  private end = 0;
  /** What {@link memory} is a view of, and where it begins there; once a part of it was taken. */
  private whole: { readonly memory: ArrayBufferLike; readonly origin: number } | null = null;

  get length(): number {
    return this.end - this.start;
  }

  /** Adds `data`, which must not change any more. */
  append(data: Uint8Array): void {
    if (this.start === this.end) this.borrow(data);
    else {
      // Borrowed memory has no room behind what it holds.
      if (this.end + data.length > this.memory.length) this.grow(data.length);
      this.memory.set(data, this.end);
      this.end += data.length;
    }
  }

  /** Takes the first `byteCount` bytes, or all if there are fewer. */
  take(byteCount: number): Buffer {
    const { memory, start } = this;
    const end = Math.min(start + byteCount, this.end);
    const isWhole = start === 0 && end === memory.length;
    const taken = isWhole ? memory : this.slice(start, end);
    if (end === this.end) this.hold(NONE);
    else this.start = end;
    return taken;
  }

  /** Puts pieces that were taken back before all others, in their order. */
  putBack(pieces: readonly Buffer[]): void {
    const rest = this.take(this.length);
    this.borrow(
      rest.length === 0 && pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat([...pieces, rest]),
    );
  }

  /** Where `piece` is found first at or after `offset`, counted from the first byte; −1 if nowhere. */
  indexOf(piece: Uint8Array, offset: number): number {
    const from = this.start + offset;
    const place =
      piece.length === 1 ? this.memory.indexOf(piece[0] as number, from) : this.memory.indexOf(piece, from);
    return place < 0 || place + piece.length > this.end ? -1 : place - this.start;
  }

  /** Many lines are cut from one piece: what it is a view of is asked for once. */
  private slice(start: number, end: number): Buffer {
    this.whole ??= { memory: this.memory.buffer, origin: this.memory.byteOffset };
    return sliceOf(this.whole.memory, this.whole.origin + start, end - start);
  }

  private borrow(data: Uint8Array): void {
    this.hold(Buffer.isBuffer(data) ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  }

  private hold(memory: Buffer): void {
    this.memory = memory;
    this.start = 0;
    this.end = memory.length;
    this.whole = null;
  }

  private grow(byteCount: number): void {
    const { length } = this;
    const fresh = Buffer.allocUnsafeSlow(Math.max(MIN_OWNED_BYTES, (length + byteCount) * 2));
    fresh.set(this.memory.subarray(this.start, this.end), 0);
    this.hold(fresh);
    this.end = length;
  }
}
