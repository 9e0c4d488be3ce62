/** Memory into which calls receive when the caller brings none. */

/** Up to here memory is used again, and the caller gets a copy of what came: nothing larger is kept alive. */
const SCRATCH_BYTES = 65_536;

/** Per thread. Filled by one call and copied right after; nothing runs in between. */
let scratch: Uint8Array | null = null;

/**
 * Receives up to `byteCount` bytes into memory of its own.
 *
 * @param receive fills the front of what it is given and says how many bytes came, or raises. It may say more
 *   than it was asked for (`MSG_TRUNC` on Linux); but no more bytes than that were received.
 */
export function receiveFresh(
  byteCount: number,
  receive: (buffer: Uint8Array, byteCount: number) => number,
): Buffer {
  if (byteCount <= SCRATCH_BYTES) {
    scratch ??= new Uint8Array(SCRATCH_BYTES);
    return Buffer.from(scratch.subarray(0, Math.min(byteCount, receive(scratch, byteCount))));
  }
  const buffer = Buffer.allocUnsafeSlow(byteCount);
  const received = buffer.subarray(0, receive(buffer, byteCount));
  // Little in a large buffer: a copy, so that the rest of the buffer does not stay with it.
  return received.length < byteCount / 2 ? Buffer.from(received) : received;
}
