/**
 * Loops and sockets of the real system for tests: bounded in time, closed after the test, failing it on what
 * is left.
 */
import { EventLoop, type ExceptionContext, KeyboardInterrupt, type LoopOptions } from '../../../src/index.ts';
import { defaultKernel } from '../../../src/kernel/default-kernel.ts';
import type { Kernel, Poller } from '../../../src/kernel/kernel.ts';
import { AF_INET, SOCK_STREAM, Socket, socketpair } from '../../../src/socket.ts';
import { LONGEST_SEARCH_MS } from '../../support/property.ts';
import { onTeardown } from '../../support/teardown.ts';

/**
 * A native wait cannot be interrupted by the runner, so the loop ends it. A search of properties goes on for
 * minutes.
 */
const GIVE_UP_MS = 8000 + LONGEST_SEARCH_MS;

export interface RealLoop {
  readonly loop: EventLoop;
  readonly takeReports: () => ExceptionContext[];
}

/** A loop that ends any run after {@link GIVE_UP_MS}. */
export function realLoop(options: LoopOptions = {}): RealLoop {
  const loop = new EventLoop(options);
  const reports: ExceptionContext[] = [];
  loop.setExceptionHandler((_loop, context) => reports.push(context));
  loop.callLater(GIVE_UP_MS, () => {
    throw new KeyboardInterrupt(`the test's loop still ran after ${GIVE_UP_MS} ms`);
  });
  onTeardown(() => {
    const live = loop.liveTasks.size;
    loop.close();
    const left = reports.map((context) => `${context.message}: ${String(context.exception)}`);
    if (live > 0) left.push(`${live} live tasks`);
    if (left.length > 0) throw new Error(`the test left behind:\n  ${left.join('\n  ')}`);
  });
  return { loop, takeReports: () => reports.splice(0) };
}

/** Closes `sock` after the test, if the test has not. */
export function owned(sock: Socket): Socket {
  onTeardown(() => sock.close());
  return sock;
}

/** Two connected stream sockets (or of another type). */
export function pair(type: number = SOCK_STREAM, kernel: Kernel = defaultKernel()): [Socket, Socket] {
  const [left, right] = socketpair(undefined, type, 0, kernel);
  return [owned(left), owned(right)];
}

/** A TCP socket on `kernel`. */
export function tcpSocket(kernel: Kernel = defaultKernel()): Socket {
  return owned(new Socket(AF_INET, SOCK_STREAM, 0, { kernel }));
}

/** A TCP listener on a free loopback port. */
export function tcpListener(kernel: Kernel = defaultKernel(), backlog = 16): Socket {
  const server = tcpSocket(kernel);
  server.bind(['127.0.0.1', 0]);
  server.listen(backlog);
  return server;
}

/** The real system with some of its calls replaced. */
export function kernelWith(
  changes: Partial<Omit<Kernel, 'sockets'>> & { readonly sockets?: Partial<Kernel['sockets']> },
): Kernel {
  const real = defaultKernel();
  return { ...real, ...changes, sockets: { ...real.sockets, ...changes.sockets } };
}

/** A poller with some of its calls replaced. */
function pollerWith(poller: Poller, changes: Partial<Poller>): Poller {
  return {
    kind: poller.kind,
    set: (fd, before, after, token) => poller.set(fd, before, after, token),
    wait: (events, timeoutMs) => poller.wait(events, timeoutMs),
    pollableFd: () => poller.pollableFd(),
    close: () => poller.close(),
    ...changes,
  };
}

/**
 * A clock for a kernel that stands still between its pollers' waits: a turn takes no time, however long the
 * machine is busy with something else meanwhile. For tests of what depends on how long callbacks take.
 */
export function timeOfWaits(): Pick<Kernel, 'nowMs' | 'openPoller'> {
  const real = defaultKernel();
  let nowMs = real.nowMs();
  return {
    nowMs: () => nowMs,
    openPoller: (kind) => {
      const poller = real.openPoller(kind);
      const wait: Poller['wait'] = (events, timeoutMs) => {
        const result = poller.wait(events, timeoutMs);
        nowMs = real.nowMs();
        return result;
      };
      return pollerWith(poller, { wait });
    },
  };
}

/** The real system, with a count of the interest changes sent to its pollers. */
export function countingKernel(): {
  readonly kernel: Kernel;
  readonly changes: { fd: number; before: number; after: number }[];
} {
  const changes: { fd: number; before: number; after: number }[] = [];
  const real = defaultKernel();
  const kernel = kernelWith({
    openPoller: (kind) => {
      const poller = real.openPoller(kind);
      const set = (fd: number, before: number, after: number, token: number): number => {
        changes.push({ fd, before, after });
        return poller.set(fd, before, after, token);
      };
      return pollerWith(poller, { set });
    },
  });
  return { kernel, changes };
}
