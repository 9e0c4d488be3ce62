/**
 * Parts of memory as Buffers. `subarray()` asks V8 each time what the Buffer is a view of, which is a call
 * into C++ and costs more than the view (28 ns of a part's 69).
 */

/** The class that Node's own functions make Buffers with; `Buffer()` itself is deprecated. */
const NodeBuffer = Buffer as unknown as {
  readonly [Symbol.species]: new (memory: ArrayBufferLike, byteOffset: number, byteCount: number) => Buffer;
};
const FastBuffer = NodeBuffer[Symbol.species];

/** The `byteCount` bytes of `memory` from `byteOffset` on, not copied. */
export function sliceOf(memory: ArrayBufferLike, byteOffset: number, byteCount: number): Buffer {
  return new FastBuffer(memory, byteOffset, byteCount);
}
