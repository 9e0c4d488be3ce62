/**
 * Memory that the TLS connections of a thread share. A connection that had its own would hold some hundred kilobytes for as long as
 * it lives, most of the time for nothing.
 */

/** So much is received from below at once. */
const RECEIVE_BYTES = 128 * 1024;

/** Plaintext is carved from blocks of this size, as received bytes without TLS are. */
const BLOCK_BYTES = 128 * 1024;

/** The most that a record can hold; reading into less would cut messages in two. */
const RECORD_BYTES = 16 * 1024;

/** Ciphertext is collected up to so much before it goes below: four records, with what TLS adds to each. */
export const CIPHERTEXT_BYTES: number = 4 * (RECORD_BYTES + 256);

let receiveBuffer: Buffer | null = null;
let ciphertext: Buffer | null = null;
let block: Buffer = Buffer.alloc(0);
let used = 0;

/** Where ciphertext arrives. Whoever receives into it has used it up before anybody else can. */
export function sharedReceiveBuffer(): Buffer {
  receiveBuffer ??= Buffer.allocUnsafeSlow(RECEIVE_BYTES);
  return receiveBuffer;
}

/** A buffer for ciphertext. It is the caller's until {@link giveBackCiphertext}, or for good. */
export function takeCiphertextBuffer(): Buffer {
  const taken = ciphertext ?? Buffer.allocUnsafeSlow(CIPHERTEXT_BYTES);
  ciphertext = null;
  return taken;
}

/** Nobody uses it any more. */
export function giveBackCiphertext(buffer: Buffer): void {
  ciphertext = buffer;
}

/**
 * Memory for plaintext, handed to protocols without a copy.
 * @param read fills the memory from the offset on, at most so many bytes; how many, or no more than 0
 * @returns what was read, `null` for nothing; `result` is what `read` answered
 */
export function carvePlaintext(read: (out: Uint8Array, offset: number, byteCount: number) => number): {
  readonly data: Buffer | null;
  readonly result: number;
} {
  if (block.length - used < RECORD_BYTES) {
    block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
    used = 0;
  }
  const { length } = block;
  const start = used;
  const result = read(block, start, length - start);
  if (result <= 0) return { data: null, result };
  used = start + result;
  return { data: block.subarray(start, used), result };
}
