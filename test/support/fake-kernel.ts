/**
 * A kernel without an operating system, for tests of the rooms above: files with settable readiness, a clock
 * that only waiting moves, and faults on request. Honest where it answers: level-triggered, descriptors are
 * reused lowest first, and a poller watches open files as epoll does, so a duplicate keeps a registration
 * alive.
 */
import { EBADF, EMFILE, EPERM } from '../../src/kernel/errno.ts';
import type {
  FdCalls,
  Kernel,
  NameCalls,
  Poller,
  PollerKind,
  SignalCalls,
  SocketCalls,
  SocketConstants,
  WakeGroups,
  WakeHandle,
  Wakeup,
} from '../../src/kernel/kernel.ts';
import { osError } from '../../src/kernel/os-error.ts';
import type { ProcessCalls } from '../../src/kernel/process-calls.ts';

/** What descriptors lead to. */
export interface FakeFile {
  /** `READABLE` and `WRITABLE` bits; set it at any time. */
  ready: number;
  /** Pollers refuse it with EPERM. */
  readonly regular: boolean;
  descriptorCount: number;
}

interface Watch {
  readonly fd: number;
  readonly file: FakeFile;
  interest: number;
  token: number;
}

interface Happening {
  readonly atMs: number;
  readonly action: () => void;
  /** Ends the wait with no events, as a signal does. */
  readonly interrupts: boolean;
}

/** Descriptors below this belong to nobody; standard streams are not faked. */
const FIRST_FD = 3;

export class FakeKernel implements Kernel {
  readonly name = 'fake';
  readonly waitsOccupyThread: boolean;
  readonly isNodesOwn = false;
  readonly pollerKinds: readonly PollerKind[];
  readonly constants: SocketConstants = {};
  /** Every wait so far: its time-out. */
  readonly waits: number[] = [];
  /** Every change so far that reached a poller. */
  readonly changes: { fd: number; before: number; after: number }[] = [];
  readonly pollers: FakePoller[] = [];
  /** Set to an errno to have changes of interest in `fd` (or all) refused. */
  refuseSet: { errno: number; fd?: number } | null = null;
  refuseOpen = false;
  readonly #files = new Map<number, FakeFile>();
  /** None below this is free. */
  #lowestFree = FIRST_FD;
  #nowMs = 1000;
  #happenings: Happening[] = [];

  constructor(pollerKinds: readonly PollerKind[] = ['epoll', 'poll']) {
    this.pollerKinds = pollerKinds;
    this.waitsOccupyThread = !pollerKinds.includes('simulated');
  }

  nowMs(): number {
    return this.#nowMs;
  }

  openPoller(kind: PollerKind = this.pollerKinds[0] as PollerKind): Poller {
    if (this.refuseOpen) throw osError(EMFILE, 'epoll_create1');
    const poller = new FakePoller(this, kind, 900 + this.pollers.length);
    this.pollers.push(poller);
    return poller;
  }

  /** A new descriptor of a new file. */
  open(ready = 0, regular = false): number {
    return this.#describe({ ready, regular, descriptorCount: 0 });
  }

  dup(fd: number): number {
    return this.#describe(this.fileOf(fd));
  }

  close(fd: number): void {
    this.fileOf(fd).descriptorCount -= 1;
    this.#files.delete(fd);
    this.#lowestFree = Math.min(this.#lowestFree, fd);
  }

  setReady(fd: number, ready: number): void {
    this.fileOf(fd).ready = ready;
  }

  fileOf(fd: number): FakeFile {
    const file = this.#files.get(fd);
    if (file === undefined) throw new Error(`fake kernel: fd ${fd} is not open`);
    return file;
  }

  findFile(fd: number): FakeFile | undefined {
    return this.#files.get(fd);
  }

  /** Has `action` happen so many milliseconds from now, when a wait lasts until then. */
  after(delayMs: number, action: () => void): void {
    this.#schedule({ atMs: this.#nowMs + delayMs, action, interrupts: false });
  }

  /** Interrupts whoever waits then. */
  interruptAfter(delayMs: number): void {
    this.#schedule({ atMs: this.#nowMs + delayMs, action: () => {}, interrupts: true });
  }

  /** Moves time to the next happening, or to `deadlineMs`. True when whoever waits must look again. */
  advance(deadlineMs: number): 'again' | 'interrupted' | 'late' {
    const next = this.#happenings[0];
    if (next === undefined || next.atMs > deadlineMs) {
      if (deadlineMs === Number.POSITIVE_INFINITY) throw new Error('fake kernel: nothing can ever happen');
      this.#nowMs = deadlineMs;
      return 'late';
    }
    this.#happenings.shift();
    this.#nowMs = Math.max(this.#nowMs, next.atMs);
    next.action();
    return next.interrupts ? 'interrupted' : 'again';
  }

  openWakeup(): Wakeup {
    throw new Error('fake kernel: no wakeups');
  }

  wake(_handle: WakeHandle): void {
    throw new Error('fake kernel: no wakeups');
  }

  get sockets(): SocketCalls {
    throw new Error('fake kernel: no sockets');
  }

  get fds(): FdCalls {
    throw new Error('fake kernel: no descriptor calls');
  }

  get signals(): SignalCalls {
    throw new Error('fake kernel: no signals');
  }

  get groups(): WakeGroups {
    throw new Error('fake kernel: one thread');
  }

  get processes(): ProcessCalls {
    throw new Error('fake kernel: no processes');
  }

  get names(): NameCalls {
    throw new Error('fake kernel: no names');
  }

  #describe(file: FakeFile): number {
    let fd = this.#lowestFree;
    while (this.#files.has(fd)) fd += 1;
    this.#lowestFree = fd + 1;
    this.#files.set(fd, file);
    file.descriptorCount += 1;
    return fd;
  }

  #schedule(happening: Happening): void {
    this.#happenings.push(happening);
    this.#happenings.sort((a, b) => a.atMs - b.atMs);
  }
}

export class FakePoller implements Poller {
  readonly kind: PollerKind;
  readonly #kernel: FakeKernel;
  readonly #fd: number;
  #watches: Watch[] = [];
  closed = false;

  constructor(kernel: FakeKernel, kind: PollerKind, fd: number) {
    this.#kernel = kernel;
    this.kind = kind;
    this.#fd = fd;
  }

  set(fd: number, before: number, after: number, token: number): number {
    if (this.closed) return -EBADF;
    this.#kernel.changes.push({ fd, before, after });
    const refused = this.#kernel.refuseSet;
    if (refused !== null && (refused.fd === undefined || refused.fd === fd)) return -refused.errno;
    const file = this.#kernel.findFile(fd);
    if (after === 0) {
      this.#watches = this.#watches.filter((watch) => watch.fd !== fd || watch.file !== file);
      return 0;
    }
    if (file === undefined) return -EBADF;
    if (file.regular) return -EPERM;
    const present = this.#watches.find((watch) => watch.fd === fd && watch.file === file);
    if (present === undefined) this.#watches.push({ fd, file, interest: after, token });
    else Object.assign(present, { interest: after, token });
    return 0;
  }

  wait(events: Int32Array, timeoutMs: number): number {
    if (this.closed) return -EBADF;
    this.#kernel.waits.push(timeoutMs);
    const deadlineMs = timeoutMs < 0 ? Number.POSITIVE_INFINITY : this.#kernel.nowMs() + timeoutMs;
    for (;;) {
      const count = this.#collect(events);
      if (count > 0 || timeoutMs === 0) return count;
      const outcome = this.#kernel.advance(deadlineMs);
      if (outcome === 'interrupted') return 0;
      if (outcome === 'late') return this.#collect(events);
    }
  }

  pollableFd(): number {
    return this.kind === 'poll' || this.closed ? -1 : this.#fd;
  }

  close(): void {
    this.closed = true;
    this.#watches = [];
  }

  #collect(events: Int32Array): number {
    // The last descriptor of a file takes its registrations along, as in epoll(7).
    this.#watches = this.#watches.filter((watch) => watch.file.descriptorCount > 0);
    const ready = this.#watches.filter((watch) => (watch.file.ready & watch.interest) !== 0);
    const count = Math.min(ready.length, events.length / 2);
    const reported = ready.slice(0, count);
    for (const [index, watch] of reported.entries()) {
      events[2 * index] = watch.token;
      events[2 * index + 1] = watch.file.ready & watch.interest;
    }
    if (ready.length > count) this.#moveToEnd(new Set(reported));
    return count;
  }

  /** The others' turn comes first next time, as the contract says. */
  #moveToEnd(reported: ReadonlySet<Watch>): void {
    this.#watches = [...this.#watches.filter((watch) => !reported.has(watch)), ...reported];
  }
}
