/**
 * A part of a regular file on its way into a socket: by the kernel where it can, by reading and sending where
 * not.
 */

import { fstatSync, readSync } from 'node:fs';
import { inspect } from 'node:util';
import { requireFd } from '../base/arguments.ts';
import { SendfileNotAvailableError } from '../base/errors.ts';
import { EINVAL, ENOSYS, ENOTSUP, EOPNOTSUPP } from '../kernel/errno.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { osError } from '../kernel/os-error.ts';

/**
 * An open file: its descriptor, or an object that has one in `fd`, such as the FileHandle of
 * `node:fs/promises`.
 */
export type FileInput = number | { readonly fd: number };

/** Options of `loop.sendfile` and `loop.sockSendfile`. */
export interface SendfileOptions {
  /** Read the file and write it where the system cannot send it by itself, as with TLS. Default: true. */
  readonly fallback?: boolean | undefined;
}

/**
 * Which part of a file is sent: from `offset` on (default: 0), `byteCount` bytes (default, and `null`: to its
 * end).
 */
export type FilePart = [offset?: number, byteCount?: number | null, options?: SendfileOptions];

/**
 * How much one call is asked for. Large enough that the calls do not count; small enough that other sockets
 * of a loop get their turn while a fast receiver takes a long file.
 */
const BYTES_PER_CALL = 1024 * 1024;
const COPY_BYTES = 64 * 1024;

/**
 * What a system says that cannot send this file to this socket at all: no such call, an odd file system or
 * socket (sendfile(2), EINVAL).
 */
const UNAVAILABLE: ReadonlySet<number> = new Set([EINVAL, ENOSYS, ENOTSUP, EOPNOTSUPP]);

function requirePosition(call: string, what: string, value: unknown, min: number): number {
  if (Number.isSafeInteger(value) && (value as number) >= min) return value as number;
  const message = `${call}: expected a whole number of at least ${min} as ${what}, got ${inspect(value)}`;
  throw typeof value === 'number' ? new RangeError(message) : new TypeError(message);
}

/**
 *     state     leaves by
 *     kernel    the system cannot, before anything was sent → copying (or SendfileNotAvailableError)
 *     copying   —
 *     either    sendSome() = 0: the file has ended or the count is reached
 */
export class FileSource {
  readonly fd: number;
  /** How many bytes the socket has taken. */
  sentByteCount = 0;
  readonly #call: string;
  readonly #offset: number;
  readonly #byteCount: number;
  readonly #mayCopy: boolean;
  /** Bytes read from the file, when copying; those from `#chunkStart` on are not sent yet. */
  #chunk: Buffer | null = null;
  #chunkStart = 0;
  #chunkEnd = 0;

  /**
   * @param offset where in the file to begin.
   * @param byteCount how much; to the file's end when `null`.
   * @param mayCopy whether to read and send where the kernel cannot do it.
   * @throws {TypeError | RangeError} not a file, not whole numbers. @throws {OSError} EBADF.
   */
  constructor(call: string, file: FileInput, offset: number, byteCount: number | null, mayCopy: boolean) {
    const given = typeof file === 'object' && file !== null ? file.fd : file;
    this.fd = requireFd(call, given);
    this.#call = call;
    this.#offset = requirePosition(call, 'offset', offset, 0);
    this.#byteCount =
      byteCount === null ? Number.POSITIVE_INFINITY : requirePosition(call, 'byteCount', byteCount, 1);
    this.#mayCopy = mayCopy;
    const stats = fstatSync(this.fd);
    if (!stats.isFile()) {
      throw new TypeError(`${call}: fd ${this.fd} is not a regular file; read it, and send what you read`);
    }
  }

  /**
   * Sends as much as one call can.
   *
   * @returns how many bytes the socket took, 0 when all is sent, or `-errno` (`-EAGAIN`: no room now).
   * @throws {SendfileNotAvailableError} the kernel cannot, and copying is not allowed.
   * @throws {Error} reading the file failed (when copying): Node's own error.
   */
  sendSome(kernel: Kernel, socketFd: number): number {
    const left = this.#byteCount - this.sentByteCount;
    if (left === 0) return 0;
    if (this.#chunk !== null) return this.#copySome(kernel, socketFd, left);
    const position = this.#offset + this.sentByteCount;
    const result = kernel.sockets.sendfile(socketFd, this.fd, position, Math.min(left, BYTES_PER_CALL));
    if (result >= 0) {
      this.sentByteCount += result;
      return result;
    }
    if (this.sentByteCount > 0 || !UNAVAILABLE.has(-result)) return result;
    if (!this.#mayCopy) {
      throw new SendfileNotAvailableError(
        `${this.#call}: the system cannot send fd ${this.fd} to fd ${socketFd} by itself`,
        { cause: osError(result, 'sendfile', this.fd) },
      );
    }
    this.#chunk = Buffer.allocUnsafeSlow(COPY_BYTES);
    return this.#copySome(kernel, socketFd, left);
  }

  /**
   * The next piece of the file, for a caller that sends it by itself; empty at the end. It counts as sent.
   * @throws {Error} reading the file failed: Node's own error.
   */
  read(): Buffer {
    const left = Math.min(COPY_BYTES, this.#byteCount - this.sentByteCount);
    if (left === 0) return Buffer.alloc(0);
    const piece = Buffer.allocUnsafeSlow(left);
    const count = readSync(this.fd, piece, 0, left, this.#offset + this.sentByteCount);
    this.sentByteCount += count;
    return piece.subarray(0, count);
  }

  #copySome(kernel: Kernel, socketFd: number, left: number): number {
    const chunk = this.#chunk as Buffer;
    if (this.#chunkStart === this.#chunkEnd) {
      this.#chunkStart = 0;
      const position = this.#offset + this.sentByteCount;
      this.#chunkEnd = readSync(this.fd, chunk, 0, Math.min(left, chunk.length), position);
      if (this.#chunkEnd === 0) return 0;
    }
    const byteCount = this.#chunkEnd - this.#chunkStart;
    const result = kernel.sockets.send(socketFd, chunk, this.#chunkStart, byteCount, 0);
    if (result > 0) {
      this.#chunkStart += result;
      this.sentByteCount += result;
    }
    return result;
  }
}
