/** The files that unix sockets leave behind. The kernel makes one with bind(2), and nobody removes it but us. */

import { lstatSync, unlinkSync } from 'node:fs';
import type { UnixAddress } from '../addresses/address.ts';

/** A path in the file system, or `null` for an unnamed socket or an abstract name. */
function filePath(address: UnixAddress): UnixAddress | null {
  if (address.length === 0) return null;
  return address[0] === 0 || address[0] === '\0' ? null : address;
}

/**
 * Removes the socket that a server which is gone has left at `address`, as asyncio does. Anything but a socket stays, and makes
 * bind fail with EADDRINUSE.
 */
export function removeStaleSocket(address: UnixAddress): void {
  const path = filePath(address);
  if (path === null) return;
  // What cannot be looked at or removed here is bind's to judge.
  ignoringErrors(() => {
    if (lstatSync(path).isSocket()) unlinkSync(path);
  });
}

/** A function that removes the file of a bound socket, if it is still the same file: another server may have taken the path. */
export function unlinker(address: UnixAddress): (() => void) | undefined {
  const path = filePath(address);
  if (path === null) return undefined;
  let inode: bigint | null = null;
  ignoringErrors(() => {
    inode = lstatSync(path, { bigint: true }).ino;
  });
  return () =>
    ignoringErrors(() => {
      if (lstatSync(path, { bigint: true }).ino === inode) unlinkSync(path);
    });
}

/** A file that is gone, or a directory that may not be written to, is no reason for a server not to start or end. */
function ignoringErrors(act: () => void): void {
  try {
    act();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}
