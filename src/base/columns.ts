/** Arrays that grow, laid out so that the garbage collector has little to do with them. */

/**
 * A vector that has grown beyond this gives its memory back when it is emptied. Below 4 KiB it is not worth
 * the trouble.
 */
const KEPT_LENGTH = 1024;
const INITIAL_LENGTH = 64;

/** Integers of 32 bits, outside the JavaScript heap: the garbage collector neither scans nor moves them. */
export class IntVector {
  /** What is stored: the first {@link length} of these. Replaced when the vector grows. */
  items = new Int32Array(INITIAL_LENGTH);
  length = 0;

  push(value: number): void {
    if (this.length === this.items.length) this.items = widened(this.items);
    this.items[this.length++] = value;
  }

  /** Empties the vector. */
  clear(): void {
    this.length = 0;
    if (this.items.length > KEPT_LENGTH) this.items = new Int32Array(INITIAL_LENGTH);
  }
}

/** A copy twice as long. */
export function widened<T extends Int32Array | Float64Array>(array: T): T {
  const wider = new (array.constructor as new (length: number) => T)(array.length * 2);
  wider.set(array);
  return wider;
}

/** A piece is 8 KiB of references. */
const PIECE_BITS = 10;
const PIECE_MASK = (1 << PIECE_BITS) - 1;

/**
 * References, in pieces. What is there is not copied when it grows, and the garbage collector can move a
 * piece; one large array it would have to scan whole each time.
 */
export class RefColumn<T> {
  private pieces: (T | null)[][] = [];

  get(index: number): T | null {
    return (this.pieces[index >> PIECE_BITS] as (T | null)[])[index & PIECE_MASK] as T | null;
  }

  /** Sets `index` and the place after it. @param index even; at most one beyond the largest so far */
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
