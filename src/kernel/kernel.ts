/**
 * The seam between selectloop and an operating system.
 *
 * `Kernel` is everything a program of ours may ask of its OS. `NativeKernel` answers with system calls
 * through the addon; the tests have a fake one that answers from memory. All rooms above are the same code
 * on either, so this interface stays small and speaks only numbers and caller-owned buffers:
 *
 * - A call returns `>= 0` for success and `-errno` for what the OS refuses. It never throws for what the OS
 *   says. `os-error.ts` turns a negative number into an `OSError` at the one place that knows the
 *   subject.
 * - Descriptors are plain numbers. Every descriptor handed out is close-on-exec and non-blocking.
 * - Time is milliseconds as a double with fractions, monotonic.
 */

import type { MessageCalls, NetCalls, OwnershipCalls } from './message-calls.ts';
import type { ProcessCalls } from './process-calls.ts';

/** Which system call a poller sleeps in. `simulated` sleeps in none. */
export type PollerKind = 'epoll' | 'kqueue' | 'poll' | 'simulated';

/**
 * Sleeps until a descriptor is ready. It keeps no table beyond what its system call needs: the caller says
 * what it wanted before and what it wants now, and the poller sends the smallest change.
 *
 * Level-triggered; errors and hang-ups are folded into every registered interest. The full contract is prose
 * at the top of `native/poller/poller.h`, and `test/contract/poller.test.ts` holds every implementation to
 * it.
 */
export interface Poller {
  readonly kind: PollerKind;
  /**
   * Changes the interest in `fd` from `before` to `after` (bits of `READABLE` and `WRITABLE`; 0 is "none").
   * `token` (0 … 2^31-1) comes back with each event. Returns 0 or `-errno`.
   */
  set(fd: number, before: number, after: number, token: number): number;
  /**
   * Fills `events` with pairs `[token, ready]` and returns how many pairs, 0 when the time ran out or a
   * signal interrupted, or `-errno`. `timeoutMs < 0` waits for ever, `0` never blocks; otherwise it never
   * returns early without an event, fractions of a millisecond are honoured, and waits are clamped to 24
   * hours.
   */
  wait(events: Int32Array, timeoutMs: number): number;
  /** A descriptor that is readable while `wait` would not block; -1 if the poller has none (`poll`). */
  pollableFd(): number;
  /** Releases the kernel object. Further calls return `-EBADF`. Closing twice is harmless. */
  close(): void;
}

/**
 * A readable descriptor that any thread can make ready.
 *
 * `handle` is a plain value that survives `postMessage`: a worker passes it to {@link Kernel.wake}. It
 * carries shared memory besides the descriptor's number, so that a wake that arrives after `close()` is a
 * no-op and never a write to a descriptor that somebody else has meanwhile been given; and so that wakes
 * before the next `drain()` cost one system call together, not one each.
 */
export interface Wakeup {
  /** Register this with a poller for `READABLE`. */
  readonly fd: number;
  readonly handle: WakeHandle;
  /** Makes `fd` readable until `drain()`. */
  wake(): void;
  /** Makes `fd` unreadable again. Call it before looking at the queue that the waker filled, never after. */
  drain(): void;
  close(): void;
}

/** What a thread needs to wake a loop on another one. Cloneable by `postMessage`; treat it as opaque. */
export interface WakeHandle {
  readonly writeFd: number;
  readonly state: SharedArrayBuffer;
}

/**
 * Loops that wait for a change of shared memory, by groups; and threads by numbers, for as long as they live.
 * The end of a thread wakes all groups.
 */
export interface WakeGroups {
  /** The number of a new group, which shared memory can hold. */
  open(): number;
  /**
   * From now on {@link wake} of the group wakes `wakeup`, one of this thread's, until it leaves as often or
   * closes.
   */
  join(group: number, wakeup: Wakeup): void;
  leave(group: number, wakeup: Wakeup): void;
  /** Wakes all members, from any thread. */
  wake(group: number): void;
  /** This thread has the number from now on, until it ends. */
  enterThread(number: number): void;
  /** Whether a thread that has the number has not ended. */
  isThreadAlive(number: number): boolean;
}

/** BSD socket calls, one each. Addresses cross in the neutral layout of `addresses/address.ts`. */
export interface SocketCalls extends MessageCalls, NetCalls {
  /** A new socket: its descriptor or `-errno`. */
  socket(family: number, type: number, protocol: number): number;
  /** Writes two connected descriptors to `out[0]` and `out[1]`. */
  socketpair(family: number, type: number, protocol: number, out: Int32Array): number;
  bind(fd: number, address: Uint8Array, addressByteCount: number): number;
  /** `-EINPROGRESS` when the connection is under way; wait for `WRITABLE`, then read `SO_ERROR`. */
  connect(fd: number, address: Uint8Array, addressByteCount: number): number;
  listen(fd: number, backlog: number): number;
  /**
   * The accepted connection's descriptor or `-errno`. The peer's address is written to `addressOut`, its
   * length in bytes as a 32-bit integer in native order to the first four bytes (see `addresses/address.ts`).
   */
  accept(fd: number, addressOut: Uint8Array): number;
  /** Bytes received into `buffer[offset, offset + byteCount)`; 0 is end of stream. */
  recv(fd: number, buffer: Uint8Array, offset: number, byteCount: number, flags: number): number;
  /**
   * `recv` for `count` stream sockets in one call, one after the other, into
   * `buffer[offset, offset + byteCount)`: what they got lies there side by side. `requests` holds
   * `[fd, byteCount]` for each, and gets the result in place of the second. Returns how many were tried: it
   * stops before one that would get fewer than `roomMin` bytes of room, and fewer than it wants.
   */
  recvEach(
    requests: Int32Array,
    buffer: Uint8Array,
    offset: number,
    byteCount: number,
    count: number,
    roomMin: number,
  ): number;
  /** Bytes taken from `buffer[offset, offset + byteCount)`. Never raises SIGPIPE: a dead peer is `-EPIPE`. */
  send(fd: number, buffer: Uint8Array, offset: number, byteCount: number, flags: number): number;
  /**
   * `send` or `sendto` for `count` (at most 64) parts in one call, one after the other: `requests` holds
   * `[fd, byteCount, addressByteCount]` for each, and gets the result in place of the second; `buffer` holds
   * them side by side, each an address record, if it goes to an address, and its bytes. A part behind one of
   * the same descriptor that gave `-EAGAIN` is answered so, too. Returns how many were tried: it stops before
   * one that has fewer bytes there than it says.
   */
  sendEach(requests: Int32Array, buffer: Uint8Array, count: number): number;
  /**
   * As `send`, of several buffers in order: those from `buffers[first]` on, at most `bufferCount` of them and
   * perhaps fewer, the first one without its first `firstOffset` bytes.
   */
  sendv(
    fd: number,
    buffers: readonly Uint8Array[],
    first: number,
    bufferCount: number,
    firstOffset: number,
    flags: number,
  ): number;
  /** `how`: `SHUT_RD`, `SHUT_WR` or `SHUT_RDWR`. */
  shutdown(fd: number, how: number): number;
  getsockname(fd: number, addressOut: Uint8Array): number;
  getpeername(fd: number, addressOut: Uint8Array): number;
  /** An int option, written to `out[0]`. */
  getsockoptInt(fd: number, level: number, option: number, out: Int32Array): number;
  setsockoptInt(fd: number, level: number, option: number, value: number): number;
  /** Bytes of the option's value written to `out`. */
  getsockoptBytes(fd: number, level: number, option: number, out: Uint8Array): number;
  setsockoptBytes(fd: number, level: number, option: number, value: Uint8Array): number;
}

/** Calls on any descriptor. */
export interface FdCalls extends OwnershipCalls {
  read(fd: number, buffer: Uint8Array, offset: number, byteCount: number): number;
  write(fd: number, buffer: Uint8Array, offset: number, byteCount: number): number;
  /** As {@link SocketCalls.sendv}, for any descriptor. */
  writev(
    fd: number,
    buffers: readonly Uint8Array[],
    first: number,
    bufferCount: number,
    firstOffset: number,
  ): number;
  /**
   * What `fd` leads to: 1 a pipe, 2 a socket, 3 a character device such as a terminal, 4 our end of a
   * pseudo-terminal on Linux, 0 anything else.
   */
  fileType(fd: number): number;
  /** Writes the read end and the write end of a new pipe to `out[0]` and `out[1]`. */
  pipe(out: Int32Array): number;
  /** A second descriptor for the same open file, close-on-exec. */
  dup(fd: number): number;
  close(fd: number): number;
  setNonblocking(fd: number, nonblocking: boolean): number;
  /**
   * Sleeps until `fd` is ready for any of `interest`, with the poller's rules for `timeoutMs`. Returns the
   * ready bits, 0 when the time ran out or a signal interrupted, or `-errno`. For one descriptor and one
   * wait; a loop uses a poller.
   */
  waitReady(fd: number, interest: number, timeoutMs: number): number;
}

/**
 * Signals as bytes in a pipe. Signal dispositions belong to the process, not to a thread or a loop: a signal
 * can be watched once at a time, an attempt with another pipe is `-EBUSY`. With the same one `watch` changes
 * `isInterrupt`, and the signal is ours all the time.
 */
export interface SignalCalls {
  /**
   * From now on each `signum` writes one byte (its number) to `writeFd`, and then calls the handler that was
   * there. With `isInterrupt` no other handler is called; only the first signal is a byte, and the next one
   * ends the process, even one that is stuck, unless it follows so fast (300 ms) that it is the same one,
   * relayed by a launcher.
   */
  watch(signum: number, writeFd: number, isInterrupt: boolean): number;
  /**
   * Puts our handler back if it was replaced since `watch`; from now on the other one is called after ours.
   * @returns 1 if it was replaced, 0 if not, or `-errno`
   */
  reassert(signum: number): number;
  /**
   * Puts back what was there before `watch`, and returns only when no handler can still write to the pipe. In
   * the 300 ms after an interrupt our handler stays, to let one that is relayed come to nothing.
   */
  restore(signum: number): number;
}

/**
 * Questions to the system's resolver that are out, and the answers that have come. The resolver blocks for as
 * long as it likes, so it is asked elsewhere (on threads of its own); {@link fd} says when there is something
 * to take.
 */
export interface NameLookups {
  /**
   * Readable while {@link take} has an answer. Register it with a poller for `READABLE`; never read from it.
   */
  readonly fd: number;
  /**
   * Starts getaddrinfo(3). `host` and `service` are bytes without NUL, empty for none; `hints` is
   * `[family, type, protocol, flags]`. Returns the lookup's number, or `-errno` when it cannot be started.
   */
  getaddrinfo(host: Uint8Array, service: Uint8Array, hints: Int32Array): number;
  /** Starts getnameinfo(3) for an address record. Returns the lookup's number, or `-errno`. */
  getnameinfo(address: Uint8Array, addressByteCount: number, flags: number): number;
  /**
   * Writes an answer to `out` (at least 24 bytes) in the layout of `names/lookup-answer.ts` and forgets it.
   * Returns its lookup's number; `-EAGAIN` when none has come; `-ENOBUFS` when `out` is too small, with the
   * size it takes in its first four bytes.
   */
  take(out: Uint8Array): number;
  /**
   * The answer is no longer wanted. A lookup that has begun goes on in the resolver, and its answer is
   * dropped.
   */
  abandon(id: number): void;
  /** Abandons everything and closes {@link fd}. Never waits for the resolver. Closing twice is harmless. */
  close(): void;
}

/** Name resolution. */
export interface NameCalls {
  /** Throws `OSError` (EMFILE). */
  openLookups(): NameLookups;
}

/**
 * Numbers that differ between systems: families, types, levels, options, flags. Absent names are not known
 * here.
 */
export type SocketConstants = Readonly<Record<string, number>>;

/** All that the rooms above may ask of an operating system. */
export interface Kernel {
  /** For messages: `native` or `simulated`. */
  readonly name: string;
  /**
   * Whether waits sleep in system calls, and so keep V8 from acting on interrupts. False for simulated time.
   */
  readonly waitsOccupyThread: boolean;
  /**
   * Whether this is the system that Node itself lives on: then Node's list of interfaces, the signals of the
   * process and Node's own loop belong to the same world as the sockets of this kernel.
   */
  readonly isNodesOwn: boolean;
  /** What this build and this machine offer, best first. */
  readonly pollerKinds: readonly PollerKind[];
  readonly sockets: SocketCalls;
  readonly fds: FdCalls;
  readonly signals: SignalCalls;
  readonly names: NameCalls;
  readonly processes: ProcessCalls;
  readonly constants: SocketConstants;
  /** Monotonic milliseconds. */
  nowMs(): number;
  /**
   * Opens a poller, by default of the best kind. Throws `OSError` (EMFILE), TypeError for a kind not
   * offered.
   */
  openPoller(kind?: PollerKind): Poller;
  /** Opens a wake-up. Throws `OSError` (EMFILE). */
  openWakeup(): Wakeup;
  /** Wakes the loop behind `handle`; any thread may call it, at any time, also after that loop has closed. */
  wake(handle: WakeHandle): void;
  readonly groups: WakeGroups;
}

/** Interest or readiness: there is something to read, or the end of the stream, or an error to be read. */
export const READABLE = 1;
/** Interest or readiness: there is room to write, or an error to be read. */
export const WRITABLE = 2;
