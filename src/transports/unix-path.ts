/**
 * The files that unix sockets leave behind. The kernel makes one with bind(2), and the server has to remove
 * it.
 */

import { statSync, unlinkSync } from 'node:fs';
import { resolve } from 'node:path';
import type { UnixAddress } from '../addresses/address.ts';
import { OSError } from '../base/errors.ts';
import { ECONNREFUSED } from '../kernel/errno.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { Socket } from '../sockets/socket.ts';

/** The absolute path of a socket in the file system; `null` for an unnamed socket or an abstract name. */
function filePath(address: UnixAddress): string | Buffer | null {
  if (address.length === 0 || address[0] === 0 || address[0] === '\0') return null;
  if (typeof address === 'string') return resolve(address);
  const isAbsolute = address[0] === 0x2f;
  return isAbsolute ? Buffer.from(address) : Buffer.concat([Buffer.from(`${process.cwd()}/`), address]);
}

/**
 * Removes the socket that a server which is gone has left at `address`, as asyncio does; a symbolic link to
 * one, too. A living server's socket stays, and so does anything but a socket: bind then fails with
 * EADDRINUSE.
 */
export function removeStaleSocket(kernel: Kernel, address: UnixAddress): void {
  const path = filePath(address);
  if (path === null) return;
  // What cannot be looked at or removed here is bind's to judge.
  ignoringErrors(() => {
    if (statSync(path).isSocket() && isDead(kernel, address)) unlinkSync(path);
  });
}

/**
 * Whether no socket is bound to the file any more. The probe is a datagram socket: connecting it tells
 * (ECONNREFUSED), and a living server notices nothing of it, since a stream is refused as being of the wrong
 * type.
 */
function isDead(kernel: Kernel, address: UnixAddress): boolean {
  const { AF_UNIX, SOCK_DGRAM } = kernel.constants;
  const probe = new Socket(AF_UNIX, SOCK_DGRAM, 0, { kernel });
  try {
    probe.setblocking(false);
    probe.connect(address);
    return false;
  } catch (error) {
    return error instanceof OSError && error.errno === -ECONNREFUSED;
  } finally {
    probe.close();
  }
}

/**
 * A function that removes the file of a bound socket, also after a change of the working directory, if it is
 * still the same file: another server may have taken the path.
 */
export function unlinker(address: UnixAddress): (() => void) | undefined {
  const path = filePath(address);
  if (path === null) return undefined;
  let inode: bigint | null = null;
  ignoringErrors(() => {
    inode = statSync(path, { bigint: true }).ino;
  });
  return () =>
    ignoringErrors(() => {
      if (statSync(path, { bigint: true }).ino === inode) unlinkSync(path);
    });
}

/**
 * A file that is gone, or a directory that cannot be written to, is no reason for a server not to start or
 * end.
 */
function ignoringErrors(act: () => void): void {
  try {
    act();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}
