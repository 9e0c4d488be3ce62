/**
 * A growing array of references, in pieces: what is there is never copied when it grows, and the garbage collector meets pieces of a size it
 * can move, rather than one that it has to scan whole each time.
 */

/** 8 KiB of references a piece. */
const PIECE_BITS = 10;
const PIECE_MASK = (1 << PIECE_BITS) - 1;

export class RefColumn<T> {
  private pieces: (T | null)[][] = [];

  get(index: number): T | null {
    return (this.pieces[index >> PIECE_BITS] as (T | null)[])[index & PIECE_MASK] as T | null;
  }

  /** Sets this one and the next. @param index even; at most one beyond the largest so far */
  setPair(index: number, first: T | null, second: T | null): void {
    const place = index >> PIECE_BITS;
    if (place === this.pieces.length) this.pieces.push(new Array<T | null>(PIECE_MASK + 1).fill(null));
    const piece = this.pieces[place] as (T | null)[];
    piece[index & PIECE_MASK] = first;
    piece[(index & PIECE_MASK) + 1] = second;
  }

  clear(): void {
    this.pieces = [];
  }
}
