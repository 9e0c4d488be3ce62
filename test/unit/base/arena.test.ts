/** Who holds a part of a block keeps it; and when the allocator is told that more blocks will be needed. */
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Arena } from '../../../src/base/arena.ts';
import { collectGarbage } from '../../support/garbage.ts';
import { holds } from '../../support/property.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

afterEach(() => {
  vi.restoreAllMocks();
});

/** Sizes above 8 MiB that were allocated while `mib` MiB went through `arena`. */
function unusualSizes(arena: Arena, mib: number): number[] {
  const allocate = vi.spyOn(Buffer, 'allocUnsafeSlow');
  for (let i = 0; i < 16 * mib; i++) {
    arena.reserve(64 * KIB);
    arena.take(64 * KIB);
  }
  return allocate.mock.calls.map(([size]) => size).filter((size) => size > 8 * MIB);
}

describe('parts that are held', () => {
  it('keep their bytes, however much comes after them and is let go of', () => {
    const part = fc.record({
      size: fc.oneof(fc.integer({ min: 1, max: 4000 }), fc.integer({ min: 1, max: 150_000 })),
      isHeld: fc.boolean(),
    });
    let number = 0;
    const arena = new Arena({ blockByteCount: 64 * KIB, largeBlockByteCount: 256 * KIB });
    const held: { bytes: Buffer; mark: number }[] = [];
    const receive = ({ size, isHeld }: { size: number; isHeld: boolean }): void => {
      number = (number + 1) % 251;
      expect(arena.reserve(size)).toBeGreaterThanOrEqual(size);
      arena.block.fill(number, arena.used, arena.used + size);
      const bytes = arena.take(size);
      if (isHeld && held.length < 400) held.push({ bytes: bytes.subarray(size >> 1), mark: number });
    };
    holds(
      fc.property(fc.array(part, { minLength: 20, maxLength: 60 }), (parts) => {
        for (const each of parts) receive(each);
        return held.every(({ bytes, mark }) => bytes[0] === mark && bytes.at(-1) === mark);
      }),
      { runs: 80 },
    );
    collectGarbage();
    for (let i = 0; i < 200; i++) receive({ size: 100_000, isHeld: false });
    expect(held.length).toBeGreaterThan(100);
    for (const { bytes, mark } of held) expect(bytes.every((byte) => byte === mark)).toBe(true);
  });
});

describe('blocks for large parts', () => {
  for (const [size, parts] of [
    [100_000, 2],
    [130 * KIB, 1],
    [60 * KIB, 4],
    [400 * KIB, 1],
  ] as const) {
    it(`hold whole ones: ${parts} of ${size} bytes, and little more`, () => {
      const arena = new Arena({ blockByteCount: 64 * KIB, largeBlockByteCount: 256 * KIB });
      const blocks = new Set<Buffer>();
      for (let i = 0; i < 3 * parts; i++) {
        const room = arena.reserve(size);
        expect(room).toBeGreaterThan(size);
        arena.take(size);
        blocks.add(arena.block);
      }
      expect(blocks.size).toBe(3);
      for (const { length } of blocks) expect(length).toBeLessThanOrEqual(parts * size + 8 * KIB);
    });
  }
});

describe.runIf(process.platform === 'linux')('Arena and what the allocator keeps', () => {
  const sizes = { blockByteCount: 64 * KIB, largeBlockByteCount: 256 * KIB };

  it('asks for nothing while little is received', () => {
    expect(unusualSizes(new Arena(sizes), 15)).toEqual([]);
  });

  it('asks once when 16 MiB have gone through it', () => {
    expect(unusualSizes(new Arena(sizes), 64)).toEqual([31 * MIB]);
  });

  it('goes on where addresses are short', () => {
    const arena = new Arena(sizes);
    const allocate = Buffer.allocUnsafeSlow;
    vi.spyOn(Buffer, 'allocUnsafeSlow').mockImplementation((size) => {
      if (size > 8 * MIB) throw new RangeError('Array buffer allocation failed');
      return allocate(size);
    });
    for (let i = 0; i < 400; i++) {
      expect(arena.reserve(64 * KIB)).toBeGreaterThanOrEqual(64 * KIB);
      expect(arena.take(64 * KIB)).toHaveLength(64 * KIB);
    }
  });
});
