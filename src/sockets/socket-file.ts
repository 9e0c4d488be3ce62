import { requireByteCount, requireBytes } from '../base/arguments.ts';
import { RuntimeError } from '../base/errors.ts';

/** What a {@link SocketFile} needs of a socket. */
export interface ByteSocket {
  recvInto(buffer: Uint8Array): number;
  sendall(data: Uint8Array): void;
}

const NEWLINE = 10;
const CHUNK_BYTES = 16 * 1024;
const NOTHING = Buffer.alloc(0);

/**
 * A connection read by lines and by counts, blocking as its socket does: for line protocols, scripts and
 * tests.
 *
 *     state     read ahead   #ended   leaves by
 *     open      perhaps      false    the peer's end → ended; close() → closed
 *     ended     the rest     true     close() → closed
 *     closed    nothing      –        none: every call is a RuntimeError; close() again is harmless
 *
 * Differences from what Python's `makefile` returns: bytes only (decode with `toString`); writing goes out at
 * once, so there is no `flush`; closing the file leaves the socket open, and closing the socket ends the
 * file.
 *
 * After a `TimeoutError` nothing is lost: what had come is still there for the next call.
 */
export class SocketFile {
  readonly #sock: ByteSocket;
  /** What was read and not asked for yet lies in `[#start, #end)`. */
  #buffer: Buffer = NOTHING;
  #start = 0;
  #end = 0;
  #ended = false;
  #closed = false;

  constructor(sock: ByteSocket) {
    this.#sock = sock;
  }

  /** True once {@link close} was called. */
  get closed(): boolean {
    return this.#closed;
  }

  /**
   * The next line with its `\n`; without one when the stream ends inside a line; empty at its end.
   *
   * @param maxByteCount maximum number of bytes, against a peer that never ends its line; unlimited by
   *   default.
   * @throws {TimeoutError | BlockingIOError | OSError} as `recv`.
   */
  readLine(maxByteCount: number = Number.MAX_SAFE_INTEGER): Buffer {
    this.#requireOpen('readLine');
    requireByteCount('SocketFile.readLine', maxByteCount, Number.MAX_SAFE_INTEGER);
    let searchedCount = 0;
    for (;;) {
      const ahead = this.#buffer.subarray(this.#start, this.#end);
      const end = ahead.indexOf(NEWLINE, searchedCount);
      if (end >= 0) return this.#take(Math.min(end + 1, maxByteCount));
      searchedCount = ahead.length;
      if (searchedCount >= maxByteCount || !this.#readMore()) return this.#take(maxByteCount);
    }
  }

  /**
   * Reads exactly this many bytes; fewer only at the end of the stream. Without a count, all up to its end.
   *
   * @throws {TimeoutError | BlockingIOError | OSError} as `recv`.
   */
  read(byteCount: number = Number.MAX_SAFE_INTEGER): Buffer {
    this.#requireOpen('read');
    requireByteCount('SocketFile.read', byteCount, Number.MAX_SAFE_INTEGER);
    while (this.#end - this.#start < byteCount && this.#readMore());
    return this.#take(byteCount);
  }

  /** Sends all of `data` at once. @throws {TimeoutError | BlockingIOError | OSError} as `sendall` */
  write(data: Uint8Array): void {
    this.#requireOpen('write');
    this.#sock.sendall(requireBytes('SocketFile.write', 'data', data));
  }

  /** The lines that are left, each with its `\n`. */
  [Symbol.iterator](): IterableIterator<Buffer> {
    const lines: IterableIterator<Buffer> = {
      [Symbol.iterator]: () => lines,
      next: () => {
        const value = this.readLine();
        return value.length > 0 ? { value, done: false } : { value: undefined, done: true };
      },
    };
    return lines;
  }

  /** Drops what was read ahead. The socket stays open. */
  close(): void {
    this.#closed = true;
    this.#buffer = NOTHING;
    this.#start = 0;
    this.#end = 0;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #requireOpen(call: string): void {
    if (this.#closed) throw new RuntimeError(`SocketFile.${call}: the file is closed`);
  }

  /** False at the end of the stream. */
  #readMore(): boolean {
    if (this.#ended) return false;
    this.#makeRoom();
    const count = this.#sock.recvInto(this.#buffer.subarray(this.#end));
    this.#end += count;
    this.#ended = count === 0;
    return count > 0;
  }

  /**
   * Moves what is ahead to the front; doubles the memory when it is half full, so that long reads cost linear
   * time.
   */
  #makeRoom(): void {
    const byteCount = this.#end - this.#start;
    const source = this.#buffer;
    if (byteCount > source.length / 2 || source.length === 0) {
      this.#buffer = Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, source.length * 2));
    }
    source.copy(this.#buffer, 0, this.#start, this.#end);
    this.#start = 0;
    this.#end = byteCount;
  }

  #take(byteCount: number): Buffer {
    const taken = Buffer.from(
      this.#buffer.subarray(this.#start, Math.min(this.#end, this.#start + byteCount)),
    );
    this.#start += taken.length;
    return taken;
  }
}
