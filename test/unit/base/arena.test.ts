/** When an arena tells the allocator that more will be needed. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Arena } from '../../../src/base/arena.ts';

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
