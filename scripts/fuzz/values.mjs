/** Random values for the fuzzer, from a seed: good ones, and what no caller should pass. */

/** A generator of numbers from 0 to 1, the same for the same seed (mulberry32). */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Not 0, 1 or 2, which would be this process's own descriptors. */
const ODD_NUMBERS = [
  -1,
  0.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31),
  2 ** 32,
  2 ** 53,
  Number.MAX_VALUE,
];
const SIZES = [0, 1, 2, 3, 8, 12, 16, 31, 64, 100, 264, 1000, 4096, 20_000];

function detach(buffer) {
  structuredClone(buffer, { transfer: [buffer] });
}

/** Values of one run. `shared` is memory whose words another thread keeps changing. */
export class Values {
  constructor(random, shared) {
    this.random = random;
    this.shared = shared;
  }

  int(below) {
    return Math.floor(this.random() * below);
  }

  chance(share) {
    return this.random() < share;
  }

  pick(list) {
    return list[this.int(list.length)];
  }

  /** A number of some kind, but no descriptor that could be somebody's. */
  oddNumber() {
    return this.chance(0.7) ? this.pick(ODD_NUMBERS) : this.int(1 << 20) + (1 << 20);
  }

  /** A value of any type. */
  anything() {
    const made = [
      undefined,
      null,
      true,
      'text',
      this.oddNumber(),
      10n,
      Symbol('s'),
      {},
      [],
      () => 1,
      new ArrayBuffer(8),
      new DataView(new ArrayBuffer(8)),
      new Float64Array(4),
      new Uint8ClampedArray(8),
      new Proxy([], {}),
      new Proxy(new Uint8Array(4), {}),
      {
        valueOf() {
          throw new Error('called');
        },
      },
    ];
    return this.pick(made);
  }

  /** Bytes in one of the many kinds of memory, with random contents. */
  bytes(sizeMin = 0) {
    const size = Math.max(sizeMin, this.pick(SIZES));
    const view = this.#memory(size, Uint8Array);
    for (let i = 0; i < Math.min(view.length, 64); i++) view[i] = this.int(256);
    return view;
  }

  /** An Int32Array in one of the many kinds of memory. */
  ints(lengthMin = 0) {
    const view = this.#memory(4 * Math.max(lengthMin, this.pick([0, 1, 2, 4, 8, 64])), Int32Array);
    for (let i = 0; i < Math.min(view.length, 16); i++) {
      view[i] = this.chance(0.5) ? this.int(64) : this.oddNumber();
    }
    return view;
  }

  #memory(byteCount, View) {
    const { BYTES_PER_ELEMENT } = View;
    const length = Math.floor(byteCount / BYTES_PER_ELEMENT);
    switch (this.int(8)) {
      case 0:
        return new View(new SharedArrayBuffer(byteCount));
      case 1: {
        // Changing while the call reads it.
        const most = Math.floor(this.shared.byteLength / BYTES_PER_ELEMENT);
        return new View(this.shared, 0, Math.min(length, most));
      }
      case 2:
        return new View(new ArrayBuffer(byteCount, { maxByteLength: byteCount + 64 }));
      case 3: {
        // Out of bounds, if it has a fixed length, or shorter.
        const buffer = new ArrayBuffer(byteCount, { maxByteLength: byteCount });
        const view = this.chance(0.5) ? new View(buffer) : new View(buffer, 0, length);
        buffer.resize(byteCount >> 1);
        return view;
      }
      case 4: {
        const view = new View(length);
        if (this.chance(0.3)) detach(view.buffer);
        return view;
      }
      case 5:
        return new View(new ArrayBuffer(byteCount + 16), BYTES_PER_ELEMENT, length);
      default:
        return View === Uint8Array ? Buffer.alloc(length) : new View(length);
    }
  }

  /** A list of bytes, some of which have getters that give the memory of others away. */
  lists(countMax) {
    const list = Array.from({ length: this.int(countMax) }, () => this.bytes());
    if (this.chance(0.2)) list.push(this.anything());
    if (list.length > 0 && this.chance(0.3)) {
      const at = this.int(list.length);
      const kept = list[at];
      const victims = [...list];
      Object.defineProperty(list, at, {
        get() {
          for (const victim of victims) {
            try {
              const { buffer } = victim;
              if (buffer instanceof ArrayBuffer && buffer.byteLength > 0 && buffer.byteLength < 8000)
                detach(buffer);
            } catch {
              // Null has no memory, and that of a pool cannot be given away.
            }
          }
          list.length = Math.min(list.length, 1 << 11);
          return kept;
        },
      });
    }
    return this.chance(0.05) ? new Proxy(list, {}) : list;
  }

  /** `[buffer, offset, byteCount]`, mostly inside the buffer. */
  range(sizeMin = 0) {
    const buffer = this.bytes(sizeMin);
    if (this.chance(0.15)) return [buffer, this.oddNumber(), this.oddNumber()];
    const offset = this.chance(0.5) ? 0 : this.int(buffer.length + 1);
    return [buffer, offset, buffer.length - offset];
  }
}
