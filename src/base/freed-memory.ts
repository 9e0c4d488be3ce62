/** What the C library does with memory that the garbage collector has freed. */

/**
 * Just below 32 MiB, above which glibc does not learn (DEFAULT_MMAP_THRESHOLD_MAX), its own header and a page
 * included.
 */
const LESSON_BYTES = 31 * 1024 * 1024;

/**
 * Lets the allocator keep what is freed, up to 62 MiB, for the blocks that come next.
 *
 * glibc gives free memory at the end of its heap back to the system as soon as it is more than 128 KiB, and
 * pages it in again for the next block: a fault, and 4 KiB to clear, for each page of each message. It learns
 * that a program goes on needing large blocks from seeing one freed (mallopt(3), M_MMAP_THRESHOLD: "the
 * threshold is adjusted upward to the size of the freed block", and M_TRIM_THRESHOLD to twice that). So one
 * block is allocated and left to the collector. It is never written to: it takes addresses, no memory. Where
 * `MALLOC_TRIM_THRESHOLD_` or another of these is in the environment, that holds; other allocators do as
 * they did.
 */
export function keepFreedMemory(): void {
  if (process.platform !== 'linux') return;
  try {
    Buffer.allocUnsafeSlow(LESSON_BYTES);
  } catch {
    // Addresses are limited (RLIMIT_AS): then memory is given back, as before.
  }
}
