/**
 * Text to a descriptor, at once.
 *
 * While `run()` blocks this thread Node's own streams do not turn: once a pipe on stdout is full, everything
 * written to `process.stdout` stays in memory until the loop ends (measured: 1 MiB of log arrived only after
 * the wait). These functions write with system calls and wait where the reader is slow, as a C program's
 * `write` does.
 */

import { EAGAIN, EINTR } from './errno.ts';
import { sendHeld } from './held-sends.ts';
import type { Kernel } from './kernel.ts';
import { WRITABLE } from './kernel.ts';
import { check } from './os-error.ts';
import { LONGEST_WAIT_MS } from './waits.ts';

/**
 * Writes all of `text` and a newline to `fd`. Waits where a pipe is full.
 * @throws OSError with code EPIPE when nobody reads any more
 */
export function writeLine(kernel: Kernel, fd: number, text: string): void {
  const bytes = Buffer.from(`${text}\n`);
  let offset = 0;
  // Before it can wait: who reads the text may be waiting for what was written before it.
  sendHeld();
  while (offset < bytes.length) {
    const result = kernel.fds.write(fd, bytes, offset, bytes.length - offset);
    if (result === -EAGAIN) check(kernel.fds.waitReady(fd, WRITABLE, LONGEST_WAIT_MS), 'poll');
    else if (result !== -EINTR) offset += check(result, 'write');
  }
}
