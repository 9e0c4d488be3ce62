/**
 * Binary data to and from a process was a view of the message that brought it, or of Node's pool of small
 * Buffers: `result.buffer` held bytes of others, and was longer.
 */
import { expect, test } from 'vitest';
import { ProcessPoolExecutor } from '../../src/index.ts';
import { runLimited } from '../integration/executors/fixtures.ts';

test('views that a process returns, and those that it is given', () => {
  runLimited(function* () {
    const pool = new ProcessPoolExecutor({ maxWorkers: 1 });
    const views = [
      new Uint8Array([1, 2, 3]),
      new Float64Array([1.5, 2.5]),
      new Int16Array([-1]),
      new DataView(Uint8Array.of(7, 8).buffer, 1),
      Buffer.from('text'),
      new BigInt64Array(10_000).fill(5n),
      new Uint8Array(0),
    ];
    const [given, returned] = yield* pool.submit(
      (...args: NodeJS.ArrayBufferView[]) => [args.map(({ buffer }) => buffer.byteLength), args] as const,
      ...views,
    );
    const sizes = views.map(({ byteLength }) => byteLength);
    expect(given).toEqual(sizes);
    expect(returned).toEqual(views);
    expect(returned.map(({ buffer }) => buffer.byteLength)).toEqual(sizes);
    expect(Buffer.isBuffer(returned[4])).toBe(true);
    yield* pool.shutdown();
  });
});
