/** Numbers in shared memory, read and changed by any thread at any time, each change whole. */

/** Kinds of numbers that can be shared: 32-bit integers, and JavaScript's own numbers. */
export type SharedNumber = 'int32' | 'uint32' | 'float64';

/** Numbers of one kind, by index. */
export interface Cells {
  readonly view: Int32Array | Uint32Array | Float64Array;
  load(index: number): number;
  store(index: number, value: number): void;
  /** Returns the new value. */
  add(index: number, delta: number): number;
  /**
   * Sets it to what `change` makes of it, tried again until no other thread was faster. Returns the new
   * value.
   */
  update(index: number, change: (value: number) => number): number;
}

/** Bytes of one number. */
export function cellByteCount(type: SharedNumber): number {
  return type === 'float64' ? 8 : 4;
}

/** The numbers of a kind from `byteOffset` to the end of the memory. */
export function cellsIn(memory: SharedArrayBuffer, byteOffset: number, type: SharedNumber): Cells {
  if (type === 'float64') return new FloatCells(memory, byteOffset);
  const view = type === 'int32' ? new Int32Array(memory, byteOffset) : new Uint32Array(memory, byteOffset);
  return new IntegerCells(view);
}

class IntegerCells implements Cells {
  readonly view: Int32Array | Uint32Array;

  constructor(view: Int32Array | Uint32Array) {
    this.view = view;
  }

  load(index: number): number {
    return Atomics.load(this.view, index);
  }

  store(index: number, value: number): void {
    Atomics.store(this.view, index, value);
  }

  add(index: number, delta: number): number {
    const before = Atomics.add(this.view, index, delta);
    return this.view instanceof Int32Array ? (before + delta) | 0 : (before + delta) >>> 0;
  }

  update(index: number, change: (value: number) => number): number {
    for (let before = Atomics.load(this.view, index); ; ) {
      // As the array would hold it.
      const after = this.view instanceof Int32Array ? change(before) | 0 : change(before) >>> 0;
      const found = Atomics.compareExchange(this.view, index, before, after);
      if (found === before) return after;
      before = found;
    }
  }
}

/** JavaScript has atomic operations on integers only, so these take the bits of a number for one. */
class FloatCells implements Cells {
  readonly view: Float64Array;
  private readonly bits: BigInt64Array;

  constructor(memory: SharedArrayBuffer, byteOffset: number) {
    this.view = new Float64Array(memory, byteOffset);
    this.bits = new BigInt64Array(memory, byteOffset);
  }

  load(index: number): number {
    return toNumber(Atomics.load(this.bits, index));
  }

  store(index: number, value: number): void {
    Atomics.store(this.bits, index, toBits(value));
  }

  add(index: number, delta: number): number {
    return this.update(index, (value) => value + delta);
  }

  update(index: number, change: (value: number) => number): number {
    // The bits are compared, not the numbers: NaN is not equal to itself.
    for (let before = Atomics.load(this.bits, index); ; ) {
      const after = change(toNumber(before));
      const found = Atomics.compareExchange(this.bits, index, before, toBits(after));
      if (found === before) return after;
      before = found;
    }
  }
}

const number = new Float64Array(1);
const numberBits = new BigInt64Array(number.buffer);

function toBits(value: number): bigint {
  number[0] = value;
  return numberBits[0] as bigint;
}

function toNumber(bits: bigint): number {
  numberBits[0] = bits;
  return number[0] as number;
}
