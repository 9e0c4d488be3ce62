/** Who is at the other end of a unix socket. */

import type { Kernel } from '../kernel/kernel.ts';

/** More than any system's answer. */
const CREDENTIALS_BYTES = 128;
/** `SOL_LOCAL` of macOS and FreeBSD. */
const SOL_LOCAL = 0;

/**
 * The user number of the process at the other end, or `null` where the system does not tell (NetBSD): there,
 * the folder's permissions have to do.
 *
 * | system         | option         | what it fills                                          |
 * |----------------|----------------|--------------------------------------------------------|
 * | Linux          | SO_PEERCRED    | `struct ucred { pid, uid, gid }`                       |
 * | OpenBSD        | SO_PEERCRED    | `struct sockpeercred { uid, gid, pid }`                |
 * | macOS, FreeBSD | LOCAL_PEERCRED | `struct xucred { version, uid, … }`                    |
 */
export function peerUid(kernel: Kernel, fd: number): number | null {
  const wanted = credentialsOption(kernel);
  if (wanted === null) return null;
  const out = Buffer.alloc(CREDENTIALS_BYTES);
  const result = kernel.sockets.getsockoptBytes(fd, wanted.level, wanted.option, out);
  if (result < wanted.uidOffset + Uint32Array.BYTES_PER_ELEMENT) return null;
  return new Uint32Array(out.buffer, out.byteOffset, out.length / 4)[wanted.uidOffset / 4] ?? null;
}

/** Which option of a socket tells, and where in its value the user number is; `null` for none. */
export function credentialsOption(
  kernel: Kernel,
): { readonly level: number; readonly option: number; readonly uidOffset: number } | null {
  const { SO_PEERCRED, LOCAL_PEERCRED, SOL_SOCKET } = kernel.constants;
  if (SO_PEERCRED !== undefined) {
    const uidOffset = process.platform === 'openbsd' ? 0 : 4;
    return { level: SOL_SOCKET as number, option: SO_PEERCRED, uidOffset };
  }
  return LOCAL_PEERCRED === undefined ? null : { level: SOL_LOCAL, option: LOCAL_PEERCRED, uidOffset: 4 };
}

/** Whether a peer may look: the user of this process, or root, who may do anything to it anyway. */
export function mayInspect(uid: number | null): boolean {
  return uid === null || uid === 0 || uid === process.getuid?.();
}
