import { performance } from 'node:perf_hooks';
import { type Addon, loadAddon } from './addon.ts';
import type { FdCalls, Kernel, NameCalls, NameLookups, SignalCalls } from './kernel.ts';
import { nativePollerKinds, openNativePoller } from './native-poller.ts';
import { nativeProcesses } from './native-processes.ts';
import { nativeWakeGroups } from './native-wake-groups.ts';
import { openNativeWakeup, wake } from './native-wakeup.ts';
import { check } from './os-error.ts';

/**
 * Monotonic milliseconds with fractions, counted from when this thread started: compare them within one
 * thread only.
 *
 * This is `performance.now()`, taken once so that fake timers of a test runner do not replace it. It reads
 * CLOCK_MONOTONIC, as the waits of all pollers do, so a wait is never early against it. A call of our own
 * addon was measured beside it and is no faster: Node answers without leaving compiled code, a native call
 * has to.
 *
 * @returns milliseconds; later calls never return less.
 */
export const nowMs: () => number = performance.now.bind(performance);

/**
 * The signals of this process, as bytes in a pipe. How, and why process-wide: top of
 * `native/signal/signal-pipe.cc`.
 *
 * `watch` answers `-EBUSY` when the signal is watched already, also by another thread; `-EINVAL` for a number
 * that is no signal, for SIGKILL and SIGSTOP, for the faults SIGSEGV, SIGBUS, SIGFPE and SIGILL, whose
 * handler may not return, and for a `writeFd` that is not non-blocking; `-EBADF` when it is not open.
 * `restore` and `reassert` answer `-ENOENT` for a signal that this thread does not watch. A thread that ends
 * restores what it watched.
 */
export const nativeSignals: SignalCalls = {
  watch(signum: number, writeFd: number, isInterrupt: boolean): number {
    return loadAddon().signalWatch(signum, writeFd, isInterrupt);
  },
  reassert(signum: number): number {
    return loadAddon().signalReassert(signum);
  },
  restore(signum: number): number {
    return loadAddon().signalRestore(signum);
  },
};

/**
 * A handle of the addon as {@link NameLookups}. The addon refuses a closed handle with -EBADF, so no state is
 * kept here.
 */
class NativeLookups implements NameLookups {
  readonly fd: number;
  readonly #addon: Addon;
  readonly #handle: number;

  constructor(addon: Addon) {
    const out = new Int32Array(1);
    this.#handle = check(addon.lookupsOpen(out), 'pipe');
    this.fd = out[0] as number;
    this.#addon = addon;
  }

  getaddrinfo(host: Uint8Array, service: Uint8Array, hints: Int32Array): number {
    return this.#addon.lookupsGetaddrinfo(this.#handle, host, service, hints);
  }

  getnameinfo(address: Uint8Array, addressByteCount: number, flags: number): number {
    return this.#addon.lookupsGetnameinfo(this.#handle, address, addressByteCount, flags);
  }

  take(out: Uint8Array): number {
    return this.#addon.lookupsTake(this.#handle, out);
  }

  abandon(id: number): void {
    this.#addon.lookupsAbandon(this.#handle, id);
  }

  close(): void {
    this.#addon.lookupsClose(this.#handle);
  }
}

/**
 * The system's resolver, asked on threads of its own: see `native/names/lookup-threads.h`. Lookups end with
 * `close()`, or with the thread that opened them.
 */
const nativeNames: NameCalls = {
  openLookups(): NameLookups {
    return new NativeLookups(loadAddon());
  },
};

/**
 * The operating system itself, through the addon. The addon's functions are handed on as they are: between a
 * caller of `kernel.sockets.recv` and the system call lies one native call and nothing else.
 *
 * @throws {Error} the loader's own words, when the addon cannot be loaded.
 */
export function openNativeKernel(): Kernel {
  const addon = loadAddon();
  return Object.freeze({
    name: 'native',
    waitsOccupyThread: true,
    isNodesOwn: true,
    pollerKinds: nativePollerKinds(),
    sockets: Object.freeze({
      socket: addon.socket,
      socketpair: addon.socketpair,
      bind: addon.bind,
      connect: addon.connect,
      listen: addon.listen,
      accept: addon.accept,
      recv: addon.recv,
      recvEach: addon.recvEach,
      send: addon.send,
      sendEach: addon.sendEach,
      sendv: addon.sendv,
      recvfrom: addon.recvfrom,
      sendto: addon.sendto,
      recvmsg: addon.recvmsg,
      sendmsg: addon.sendmsg,
      recvMany: addon.recvMany,
      sendMany: addon.sendMany,
      sendfile: addon.sendfile,
      shutdown: addon.shutdown,
      getsockname: addon.getsockname,
      getpeername: addon.getpeername,
      getsockoptInt: addon.getsockoptInt,
      setsockoptInt: addon.setsockoptInt,
      getsockoptBytes: addon.getsockoptBytes,
      setsockoptBytes: addon.setsockoptBytes,
      ifNameindex: addon.ifNameindex,
      ifNametoindex: addon.ifNametoindex,
      ifIndextoname: addon.ifIndextoname,
    }),
    fds: fdCalls(addon),
    signals: nativeSignals,
    names: nativeNames,
    processes: nativeProcesses,
    constants: addon.constants,
    nowMs,
    openPoller: openNativePoller,
    openWakeup: openNativeWakeup,
    wake,
    groups: nativeWakeGroups,
  });
}

function fdCalls(addon: Addon): FdCalls {
  return Object.freeze({
    read: addon.read,
    write: addon.write,
    writev: addon.writev,
    fileType: addon.fileType,
    pipe: addon.pipe,
    dup: addon.dup,
    close: addon.close,
    adopt: addon.adopt,
    release: addon.release,
    getInheritable: addon.getInheritable,
    setInheritable: addon.setInheritable,
    setNonblocking: addon.setNonblocking,
    waitReady: addon.waitReady,
  });
}
