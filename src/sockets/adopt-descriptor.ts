import { requireInt } from '../base/arguments.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { check } from '../kernel/os-error.ts';

const optionValue = new Int32Array(1);

/**
 * Makes somebody else's descriptor one of ours, or says why it cannot be.
 *
 * @param nameRecord where the address it is bound to is written, which tells its family.
 * @param said what the caller says of it: numbers, or `undefined` for what the system is to say.
 */
export function adoptDescriptor(kernel: Kernel, fd: number, nameRecord: Uint8Array, said: object): void {
  for (const [what, value] of Object.entries(said)) {
    if (value !== undefined) requireInt('Socket', what, value);
  }
  check(kernel.sockets.getsockname(fd, nameRecord), 'getsockname', fd);
  check(kernel.fds.setNonblocking(fd, true), 'fcntl', fd);
  const { SO_NOSIGPIPE, SOL_SOCKET } = kernel.constants;
  if (SO_NOSIGPIPE === undefined || SOL_SOCKET === undefined) return;
  // Refused for a connection that the peer has already reset (macOS, EINVAL). That is no reason not to have
  // the socket.
  kernel.sockets.setsockoptInt(fd, SOL_SOCKET, SO_NOSIGPIPE, 1);
}

/** An option of `SOL_SOCKET` that describes a descriptor; 0 where the system does not have it. */
export function readOption(kernel: Kernel, fd: number, name: 'SO_TYPE' | 'SO_PROTOCOL'): number {
  const option = kernel.constants[name];
  if (option === undefined) return 0;
  const level = kernel.constants.SOL_SOCKET as number;
  check(kernel.sockets.getsockoptInt(fd, level, option, optionValue), 'getsockopt', fd);
  return optionValue[0] as number;
}
