/** A growing array of 32-bit integers that lives outside the JavaScript heap: the garbage collector neither scans nor moves it. */

/** A vector that has been longer than this gives its memory back when it is emptied. 4 KiB: not worth keeping track of. */
const KEPT_LENGTH = 1024;
const INITIAL_LENGTH = 64;

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
