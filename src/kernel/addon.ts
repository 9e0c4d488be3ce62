/**
 * Finds and loads the native addon; the only file that does. A file that needs system calls imports
 * {@link loadAddon}, so importing the package neither loads the addon nor fails where it is missing. It looks
 * where `addon-places.ts` says.
 */

import { environmentVariable } from '../base/environment.ts';
import { nodeModules } from '../base/node-modules.ts';
import { addonAdvice } from './addon-advice.ts';
import { addonPlaces, systemName } from './addon-places.ts';
import type { FdCalls, SocketCalls, SocketConstants } from './kernel.ts';
import type { ProcessCalls } from './process-calls.ts';
import type { TlsCalls } from './tls-calls.ts';

/** Pollers as small integers. The contract is prose at the top of `native/poller/poller.h`. */
export interface PollerCalls {
  /** The kinds this build can open, best first. */
  pollerKinds(): string[];
  /**
   * A new poller's handle, which no later poller will ever have again, or `-errno`; `-EINVAL` for an unknown
   * kind.
   */
  pollerOpen(kind: string): number;
  pollerSet(handle: number, fd: number, before: number, after: number, token: number): number;
  pollerWait(handle: number, events: Int32Array, timeoutMs: number): number;
  pollerPollableFd(handle: number): number;
  /** 0, or `-EBADF` for a handle that is closed already. */
  pollerClose(handle: number): number;
}

/** Wake-ups. The protocol of the shared words is prose at the top of `native/wakeup/wakeup.h`. */
export interface WakeupCalls {
  /**
   * Writes the descriptors to read and to write to `out[0]` and `out[1]`. `state` lies in shared memory,
   * zeroed.
   */
  wakeupOpen(state: Int32Array, out: Int32Array): number;
  /**
   * 1 when this call made the descriptor readable, 0 when there was no need or the wake-up is closed, or
   * `-errno`.
   */
  wakeupWake(state: Int32Array, writeFd: number): number;
  wakeupDrain(state: Int32Array, readFd: number): number;
  /**
   * Waits for wakes in flight on other threads, then closes both descriptors. `-EBADF` when closed already.
   */
  wakeupClose(state: Int32Array): number;
}

/** Groups of wake-ups, and numbers of threads. See `native/wakeup/wake-groups.h`. */
export interface WakeGroupBinding {
  groupOpen(): number;
  /** `-EBADF` for a wake-up that this thread has not open. */
  groupJoin(group: number, state: Int32Array): number;
  groupLeave(group: number, state: Int32Array): number;
  groupWake(group: number): number;
  threadEnter(number: number): number;
  threadIsAlive(number: number): number;
}

/** Signals as bytes in a pipe. See `native/signal/signal-pipe.cc`. */
export interface SignalPipeCalls {
  signalWatch(signum: number, writeFd: number, isInterrupt: boolean): number;
  signalReassert(signum: number): number;
  signalRestore(signum: number): number;
}

/** Lookups of names in boxes as small integers. See `native/names/lookup-threads.h`. */
export interface LookupCalls {
  /** A new box's handle, or `-errno`; its descriptor is written to `out[0]`. */
  lookupsOpen(out: Int32Array): number;
  lookupsGetaddrinfo(handle: number, host: Uint8Array, service: Uint8Array, hints: Int32Array): number;
  lookupsGetnameinfo(handle: number, address: Uint8Array, addressByteCount: number, flags: number): number;
  lookupsTake(handle: number, out: Uint8Array): number;
  lookupsAbandon(handle: number, id: number): number;
  /** 0, or `-EBADF` for a handle that is closed already. */
  lookupsClose(handle: number): number;
}

/** Child processes, under the names of {@link ProcessCalls}. See `native/process/spawn.h`. */
export interface ProcessBinding {
  processSpawn: ProcessCalls['spawn'];
  processKill: ProcessCalls['kill'];
  processReap: ProcessCalls['reap'];
  processAbandon: ProcessCalls['abandon'];
  terminalResize: ProcessCalls['resizeTerminal'];
}

/** The end of a thread as the end of a stream. See `native/thread/thread-end.cc`. */
export interface ThreadEndCalls {
  /** Closes `fd` when the calling thread ends, whatever ends it: last of all it does. */
  closeAtThreadEnd(fd: number): number;
}

/** Guests of Node's own loop. See `native/guest/guest.h`. */
export interface GuestCalls {
  /**
   * Watches `fd` in Node's loop and calls `turn` when it is readable or a plan is due. A new guest's handle,
   * or `-errno`; `-EPERM` for a descriptor that cannot be watched.
   */
  guestOpen(fd: number, turn: () => void): number;
  /** Watches `fd` instead of the descriptor before, which must still be open. */
  guestFollow(handle: number, fd: number): number;
  /**
   * The next turn: 0 in the next iteration of Node's loop, negative not before the descriptor is readable.
   */
  guestPlan(handle: number, delayMs: number, keepsAlive: boolean): number;
  /** 0, or `-EBADF` for a handle that is closed already. */
  guestClose(handle: number): number;
}

/**
 * Everything the addon exports. Calls answer `>= 0` or `-errno`; a TypeError from one is a bug of this
 * package.
 */
export interface Addon
  extends PollerCalls,
    WakeupCalls,
    WakeGroupBinding,
    SignalPipeCalls,
    LookupCalls,
    ProcessBinding,
    ThreadEndCalls,
    GuestCalls,
    SocketCalls,
    FdCalls,
    TlsCalls {
  readonly constants: SocketConstants;
}

function notLoadable(tried: readonly string[]): Error {
  if (process.platform === 'win32') {
    return new Error('selectloop does not run on Windows: there is no epoll, kqueue or poll. Use WSL.');
  }
  return new Error(
    [
      `selectloop's native addon could not be loaded (${systemName()}, Node ${process.version}). Looked at:`,
      ...tried.map((line) => `  ${line}`),
      ...(environmentVariable('SELECTLOOP_ADDON') !== ''
        ? ['SELECTLOOP_ADDON is set, so nothing else was tried. Unset it, or:']
        : []),
      ...addonAdvice(),
    ].join('\n'),
  );
}

let loaded: Addon | null = null;
let loadedPath = '';

/**
 * The addon. Loaded at the first call in each thread, then always the same.
 *
 * @throws {Error} when no file could be loaded: where it looked, why each was not usable, for which system,
 *   and what to run.
 */
export function loadAddon(): Addon {
  if (loaded !== null) return loaded;
  const tried: string[] = [];
  for (const place of addonPlaces()) {
    const path = place.find();
    if (path === null) {
      tried.push(`${place.name}: ${place.missing}`);
      continue;
    }
    try {
      loaded = nodeModules.module.createRequire(path)(path) as Addon;
      loadedPath = path;
      return loaded;
    } catch (error) {
      tried.push(`${path}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw notLoadable(tried);
}

/** The file that {@link loadAddon} loads. */
export function addonFile(): string {
  loadAddon();
  return loadedPath;
}

/** An expression of JavaScript that evaluates to the addon in a thread where this package is not loaded. */
export function addonExpression(): string {
  const path = JSON.stringify(addonFile());
  return `process.getBuiltinModule('node:module').createRequire(${path})(${path})`;
}
