/** What pipe transports hold: a descriptor that somebody else opened, and is theirs from now on. */

import { check } from '../kernel/os-error.ts';
import type { IoSlot } from '../loop/io-slot.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { Socket } from '../sockets/socket.ts';

/**
 * A descriptor's number, or an object with one: a `Socket`, or your own. Its `close()`, where it has one, is
 * used to close it.
 */
export type PipeLike = number | { fileno(): number; close?(): unknown };

/**
 * A pipe, socket or character device taken over by a transport: non-blocking, and the transport's to close.
 */
export class Pipe {
  readonly fd: number;
  readonly slot: IoSlot;
  /** Whether the system reports that the peer has gone: of devices it does not. */
  readonly hasPeer: boolean;
  /** Whether it is our side of a pseudo-terminal on Linux, where EIO is how reading ends. */
  readonly isTerminalMaster: boolean;
  readonly source: PipeLike;
  private readonly loop: LoopCore;

  /** @throws RangeError for a regular file and the like; OSError for no descriptor */
  constructor(loop: LoopCore, call: string, source: PipeLike, mayBeFile = false) {
    const fd = typeof source === 'number' ? source : source?.fileno?.();
    if (!Number.isInteger(fd)) {
      throw new TypeError(
        `${call}: a descriptor or an object with fileno() is needed, got ${String(source)}`,
      );
    }
    const { fds } = loop.kernel;
    const type = check(fds.fileType(fd), 'fstat', fd);
    if (type === 0 && !mayBeFile) {
      throw new RangeError(
        `${call}: descriptor ${fd} is no pipe, socket or character device; read files with node:fs`,
      );
    }
    check(fds.setNonblocking(fd, true), 'fcntl', fd);
    this.fd = fd;
    this.hasPeer = type === 1 || type === 2;
    this.isTerminalMaster = type === 4;
    this.source = source;
    this.loop = loop;
    this.slot = source instanceof Socket ? loop.io.slotOfSocket(source, call) : loop.io.slotOfFd(fd);
  }

  close(): void {
    const { source } = this;
    if (typeof source !== 'number' && typeof source.close === 'function') source.close();
    else this.loop.kernel.fds.close(this.fd);
  }

  toString(): string {
    return `fd ${this.fd}`;
  }
}
