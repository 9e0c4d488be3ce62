/** A socket's calls on options. `Socket` has their contracts. */

import { requireByteCount, requireBytes, requireInt } from '../base/arguments.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { check } from '../kernel/os-error.ts';
import { type CallableSocket, openInOrder } from './waiting-call.ts';

/** Python refuses larger values of `getsockopt` too. */
const OPTION_BYTES_MAX = 1024;

/** Per thread. Written by one call and read right after; nothing runs in between. */
const optionValue = new Int32Array(1);

/** An option that is a number. @throws {OSError} the system's refusal. */
export function intOption(kernel: Kernel, fd: number, level: number, option: number): number {
  check(kernel.sockets.getsockoptInt(fd, level, option, optionValue), 'getsockopt', fd);
  return optionValue[0] as number;
}

export function getOption(
  sock: CallableSocket,
  level: number,
  option: number,
  byteCount: number | undefined,
): number | Buffer {
  const fd = sock.requireOpen('getsockopt');
  requireInt('Socket.getsockopt', 'level', level);
  requireInt('Socket.getsockopt', 'option', option);
  const { sockets } = sock.kernel;
  if (byteCount === undefined) {
    check(sockets.getsockoptInt(fd, level, option, optionValue), 'getsockopt');
    return optionValue[0] as number;
  }
  const out = Buffer.alloc(requireByteCount('Socket.getsockopt', byteCount, OPTION_BYTES_MAX));
  return out.subarray(0, check(sockets.getsockoptBytes(fd, level, option, out), 'getsockopt'));
}

export function setOption(
  sock: CallableSocket,
  level: number,
  option: number,
  value: number | Uint8Array,
): void {
  const fd = openInOrder(sock, 'setsockopt');
  requireInt('Socket.setsockopt', 'level', level);
  requireInt('Socket.setsockopt', 'option', option);
  const { sockets } = sock.kernel;
  const result =
    typeof value === 'number'
      ? sockets.setsockoptInt(fd, level, option, requireInt('Socket.setsockopt', 'value', value))
      : sockets.setsockoptBytes(fd, level, option, requireBytes('Socket.setsockopt', 'value', value));
  check(result, 'setsockopt');
}
