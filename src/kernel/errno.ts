/**
 * Error numbers of the running platform: their names, their meaning in words, and the one function that turns a
 * refused call into an exception.
 *
 * The numbers come from Node's own tables, not from the addon: importing this file loads nothing.
 */

import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';

import { BlockingIOError, OSError } from '../base/errors.ts';

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

/**
 * What a failed call was about: an address as sockets write it, a path (text, or the bytes of a socket's path), or a
 * descriptor's number. Passed as it is and only looked at when the call has failed.
 */
export type ErrorSubject =
  | readonly [first: string | number, ...more: unknown[]]
  | string
  | Uint8Array
  | number;

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

interface DescribedSubject {
  readonly text: string;
  readonly address?: string;
  readonly port?: number;
}

function describePath(path: string): DescribedSubject {
  // An abstract address starts with NUL; /proc/net/unix and ss write that as @, and so do we.
  const text = path.replaceAll('\0', '@');
  return { text, address: path };
}

function describeSubject(subject: ErrorSubject): DescribedSubject {
  if (typeof subject === 'number') return { text: `fd ${subject}` };
  if (typeof subject === 'string') return describePath(subject);
  if (subject instanceof Uint8Array) return describePath(Buffer.from(subject).toString());
  const [first, second] = subject;
  if (second instanceof Uint8Array) return { text: `address family ${first}` };
  if (typeof first !== 'string') return { text: `[${subject.join(', ')}]` };
  if (typeof second !== 'number') return { text: first, address: first };
  const host = first.includes(':') ? `[${first}]` : first;
  return { text: `${host}:${second}`, address: first, port: second };
}

/** Whether a kernel's answer means "not now": the same call may work when the descriptor is ready, or at once after a signal. */
export function isNotNow(result: number): boolean {
  return result === -EAGAIN || result === -EWOULDBLOCK || result === -EINTR;
}

function isWouldBlock(errno: number): boolean {
  return errno === EAGAIN || errno === EWOULDBLOCK || errno === EINPROGRESS;
}

/**
 * The exception for a refused call, shaped as Node's own system errors are: `code`, `errno` (negative), `syscall`, and
 * `address` and `port` where the call had them. The message reads `connect ECONNREFUSED 127.0.0.1:1 (connection
 * refused)`.
 *
 * @param errno the error's number, of either sign.
 * @param syscall the call that was refused, such as `connect`.
 * @param subject what the call was about.
 * @returns an {@link OSError}; a {@link BlockingIOError} for EAGAIN, EWOULDBLOCK and EINPROGRESS. Not thrown.
 */
export function osError(errno: number, syscall: string, subject?: ErrorSubject | null): OSError {
  const number = Math.abs(errno);
  const code = errnoName(number);
  const about = subject === undefined || subject === null ? null : describeSubject(subject);
  const message = `${syscall} ${code}${about === null || about.text === '' ? '' : ` ${about.text}`} (${strerror(number)})`;
  const fields = { code, errno: -number, syscall, address: about?.address, port: about?.port };
  return isWouldBlock(number) ? new BlockingIOError(message, fields) : new OSError(message, fields);
}

/**
 * Passes a successful result through and turns a refused one into an exception. The one way out of the kernel's numbers.
 *
 * @param result what a call of {@link Kernel} returned: `>= 0`, or `-errno`.
 * @param syscall the call's name, for the message.
 * @param subject what the call was about; only looked at on failure, so pass what is at hand.
 * @returns `result`, when it is `>= 0`.
 * @throws {BlockingIOError} EAGAIN, EWOULDBLOCK, EINPROGRESS: try again when the descriptor is ready.
 * @throws {OSError} any other refusal.
 */
export function check(result: number, syscall: string, subject?: ErrorSubject | null): number {
  if (result < 0) throw osError(result, syscall, subject);
  return result;
}
