import { inspect } from 'node:util';

/** What can be registered: a descriptor, or an object that knows its own, such as a `Socket`. */
export type FileObject = number | { fileno(): number };

const LARGEST_DESCRIPTOR = 2 ** 31 - 1;

function isDescriptor(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= LARGEST_DESCRIPTOR;
}

function hasFileno(value: unknown): value is { fileno(): unknown } {
  return (
    (typeof value === 'object' || typeof value === 'function') &&
    value !== null &&
    'fileno' in value &&
    typeof value.fileno === 'function'
  );
}

/** One line for messages: never a dump of a whole object. */
export function describeFileObject(fileobj: unknown): string {
  return inspect(fileobj, { depth: 0, breakLength: Number.POSITIVE_INFINITY, maxStringLength: 40 });
}

/**
 * The descriptor behind `fileobj`.
 *
 * @throws TypeError if it is not a file object, RangeError for a negative descriptor: what a closed object
 *   answers.
 */
export function descriptorOf(fileobj: FileObject, call: string): number {
  if (typeof fileobj === 'number') {
    if (isDescriptor(fileobj)) return fileobj;
    const ErrorClass = Number.isInteger(fileobj) ? RangeError : TypeError;
    throw new ErrorClass(`${call}: ${fileobj} is not a file descriptor`);
  }
  if (!hasFileno(fileobj)) {
    const shown = describeFileObject(fileobj);
    throw new TypeError(`${call}: expected a descriptor or an object with fileno(), got ${shown}`);
  }
  const fd: unknown = fileobj.fileno();
  if (typeof fd === 'number' && isDescriptor(fd)) return fd;
  const shown = describeFileObject(fileobj);
  if (typeof fd === 'number' && fd < 0) {
    throw new RangeError(`${call}: ${shown} has no descriptor (fileno() is ${fd}): it is closed`);
  }
  throw new TypeError(`${call}: fileno() of ${shown} returned ${describeFileObject(fd)}, not a descriptor`);
}

/**
 * The descriptor that names `fileobj` *now*, or -1 when it has none any more: a closed object says -1 or
 * throws.
 *
 * @throws TypeError or RangeError for a number that is not a descriptor, TypeError if it is not a file object
 *   at all.
 */
export function currentDescriptor(fileobj: FileObject, call: string): number {
  if (typeof fileobj === 'number' || !hasFileno(fileobj)) return descriptorOf(fileobj, call);
  try {
    const fd: unknown = fileobj.fileno();
    return typeof fd === 'number' && isDescriptor(fd) ? fd : -1;
  } catch {
    // Some objects throw once closed, as Python's files do. The caller then searches by identity.
    return -1;
  }
}
