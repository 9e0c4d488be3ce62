/**
 * Error numbers of the running platform, their names and their meaning in words. Exceptions are made of them
 * in `os-error.ts`.
 *
 * The numbers come from Node's own tables, not from the addon: importing this file loads nothing.
 */

import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';

const { errno: numbers } = constants;

export const EACCES = numbers.EACCES;
export const EADDRINUSE = numbers.EADDRINUSE;
export const EADDRNOTAVAIL = numbers.EADDRNOTAVAIL;
export const EAFNOSUPPORT = numbers.EAFNOSUPPORT;
export const EAGAIN = numbers.EAGAIN;
export const EALREADY = numbers.EALREADY;
export const EBADF = numbers.EBADF;
export const EBUSY = numbers.EBUSY;
export const ECHILD = numbers.ECHILD;
export const ECONNABORTED = numbers.ECONNABORTED;
export const ECONNREFUSED = numbers.ECONNREFUSED;
export const ECONNRESET = numbers.ECONNRESET;
export const EEXIST = numbers.EEXIST;
export const EFAULT = numbers.EFAULT;
export const EHOSTUNREACH = numbers.EHOSTUNREACH;
export const EINPROGRESS = numbers.EINPROGRESS;
export const EINTR = numbers.EINTR;
export const EINVAL = numbers.EINVAL;
export const EIO = numbers.EIO;
export const EISCONN = numbers.EISCONN;
export const EMFILE = numbers.EMFILE;
export const ENETDOWN = numbers.ENETDOWN;
export const ENETUNREACH = numbers.ENETUNREACH;
export const ENFILE = numbers.ENFILE;
export const ENOBUFS = numbers.ENOBUFS;
export const ENOENT = numbers.ENOENT;
export const ENOMEM = numbers.ENOMEM;
export const ENOSYS = numbers.ENOSYS;
export const ENOTCONN = numbers.ENOTCONN;
export const ENOTSOCK = numbers.ENOTSOCK;
export const ENOTSUP = numbers.ENOTSUP;
export const EOPNOTSUPP = numbers.EOPNOTSUPP;
export const EPERM = numbers.EPERM;
export const EPIPE = numbers.EPIPE;
export const EPROTO = numbers.EPROTO;
export const EPROTONOSUPPORT = numbers.EPROTONOSUPPORT;
export const ESRCH = numbers.ESRCH;
export const ETIMEDOUT = numbers.ETIMEDOUT;
/** Equal to `EAGAIN` on every system we run on; POSIX allows it to differ. */
export const EWOULDBLOCK = numbers.EWOULDBLOCK;

/** Words for numbers that Node's table, which is libuv's, leaves out. */
const WORDS_LIBUV_LACKS: Readonly<Record<string, string>> = {
  EBADMSG: 'bad message',
  ECHILD: 'no child processes',
  EDEADLK: 'resource deadlock avoided',
  EDOM: 'argument out of domain',
  EDQUOT: 'disk quota exceeded',
  EIDRM: 'identifier removed',
  EINPROGRESS: 'operation now in progress',
  EMULTIHOP: 'multihop attempted',
  ENETRESET: 'network dropped connection on reset',
  ENOEXEC: 'not an executable format',
  ENOLCK: 'no locks available',
  ENOLINK: 'link has been severed',
  ENOMSG: 'no message of that kind',
  ENOSR: 'no stream resources',
  ENOSTR: 'not a stream device',
  ESTALE: 'stale file handle',
  ETIME: 'timer expired',
};

interface ErrnoEntry {
  readonly name: string;
  readonly words: string;
}

let entries: ReadonlyMap<number, ErrnoEntry> | null = null;

/** Built at the first failure: a program whose calls succeed never pays for it. */
function buildEntries(): ReadonlyMap<number, ErrnoEntry> {
  const table = new Map<number, ErrnoEntry>();
  for (const [name, number] of Object.entries(numbers)) {
    // Aliases share a number (EWOULDBLOCK, EAGAIN): the first is kept, then libuv's own name replaces it.
    if (!table.has(number)) table.set(number, { name, words: WORDS_LIBUV_LACKS[name] ?? 'no description' });
  }
  for (const [negative, [name, words]] of getSystemErrorMap()) {
    // From -3000 down are libuv's inventions (EAI_*, EOF), which no system call returns.
    if (negative > -3000) table.set(-negative, { name, words });
  }
  return table;
}

function entryOf(errno: number): ErrnoEntry | undefined {
  entries ??= buildEntries();
  return entries.get(Math.abs(errno));
}

/**
 * The symbolic name of an error number.
 *
 * @param errno the number, of either sign.
 * @returns a name such as `ECONNRESET`; `ERRNO_<number>` where the platform has none that Node knows.
 */
export function errnoName(errno: number): string {
  return entryOf(errno)?.name ?? `ERRNO_${Math.abs(errno)}`;
}

/**
 * The number behind a symbolic name on this platform, positive.
 *
 * @returns the number, or `undefined` where the platform does not have the name.
 */
export function errnoNumber(name: string): number | undefined {
  const known: number | undefined = (numbers as Readonly<Record<string, number>>)[name];
  if (known !== undefined) return known;
  entries ??= buildEntries();
  for (const [number, entry] of entries) if (entry.name === name) return number;
  return undefined;
}

/** An error number (either sign) in words, such as `connection reset by peer`. POSIX `strerror`. */
export function strerror(errno: number): string {
  return entryOf(errno)?.words ?? `unknown error ${Math.abs(errno)}`;
}
