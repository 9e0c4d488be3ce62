/**
 * How workers write to standard output and error. Sent as source text: the rule of `worker-program.ts` holds
 * here too.
 */

/**
 * Output is written at once: that of a thread would go through its parent's event loop, which may stand
 * still, and that of a process through its own, which stands still between calls.
 */
export function writeOutputDirectly(): void {
  const { writeSync } = process.getBuiltinModule('node:fs');
  const pause = new Int32Array(new SharedArrayBuffer(4));
  const writeAll = (fd: number, bytes: Uint8Array): void => {
    for (let offset = 0; offset < bytes.length; ) {
      try {
        offset += writeSync(fd, bytes, offset);
      } catch (error) {
        if ((error as { code?: unknown }).code !== 'EAGAIN') return;
        Atomics.wait(pause, 0, 0, 1);
      }
    }
  };
  const redirect = (stream: NodeJS.WriteStream, fd: number): void => {
    stream.write = (chunk: string | Uint8Array, encoding?: unknown, done?: unknown): boolean => {
      const given = typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8';
      writeAll(fd, typeof chunk === 'string' ? Buffer.from(chunk, given) : chunk);
      const callback = typeof encoding === 'function' ? encoding : done;
      // oxlint-disable-next-line no-restricted-properties -- on the worker's own event loop
      if (typeof callback === 'function') process.nextTick(callback as () => void);
      return true;
    };
  };
  redirect(process.stdout, 1);
  redirect(process.stderr, 2);
}
