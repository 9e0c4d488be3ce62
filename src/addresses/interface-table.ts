import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { osError } from '../kernel/os-error.ts';

/**
 * The errno inside the SystemError that Node throws. libuv has the wrong sign there, and so no name for it.
 */
function errnoIn(error: unknown): number | undefined {
  const errno = (error as { readonly info?: { readonly errno?: unknown } }).info?.errno;
  return typeof errno === 'number' ? errno : undefined;
}

/**
 * Every network interface of this machine with its addresses, as `os.networkInterfaces` lists them.
 *
 * @throws {OSError} EMFILE, ENFILE: the system needs a descriptor to list them.
 */
export function interfaceTable(): Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>> {
  try {
    return networkInterfaces();
  } catch (error) {
    const errno = errnoIn(error);
    throw errno === undefined ? error : osError(errno, 'getifaddrs');
  }
}
