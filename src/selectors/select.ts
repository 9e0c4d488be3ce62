import { requireIterable } from '../base/arguments.ts';
import { defaultKernel } from '../kernel/default-kernel.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { descriptorOf, type FileObject } from './file-object.ts';
import { EVENT_READ, EVENT_WRITE } from './interest.ts';
import { PollerSelector } from './poller-selector.ts';

/** Options of {@link select}. */
export interface SelectOptions {
  readonly kernel?: Kernel;
}

/**
 * BSD's select(2), as CPython's `select.select`: waits until one of `readers` can be read or one of `writers`
 * written.
 *
 * For a few descriptors and one wait; a program that waits again and again keeps a `DefaultSelector`. The
 * exceptional set of select(2) (urgent TCP data) is not supported, so there is no third list. It waits in
 * poll(2): descriptors above 1,024 are fine, and regular files are refused with EPERM, where select(2) calls
 * them always ready.
 *
 * @param readers descriptors or objects with `fileno()`
 * @param writers the same; an object may be in both
 * @param timeoutMs as in `BaseSelector.select`: `null` or left out waits for ever, `<= 0` only looks
 * @returns the ready ones of each list, the very objects passed, in their order; both empty on time-out
 * @throws TypeError, RangeError if it is not a file object; OSError: EBADF for a closed descriptor, EPERM
 *
 *     const [readable] = select([client, server], [], 500);
 */
export function select<R extends FileObject, W extends FileObject>(
  readers: Iterable<R>,
  writers: Iterable<W>,
  timeoutMs?: number | null,
  options: SelectOptions = {},
): [readable: R[], writable: W[]] {
  requireIterable('select()', 'readers', readers);
  requireIterable('select()', 'writers', writers);
  const interest = new Map<number, number>();
  const reading = pairs(readers, EVENT_READ, interest);
  const writing = pairs(writers, EVENT_WRITE, interest);
  const ready = readyOf(interest, timeoutMs, options.kernel ?? defaultKernel());
  return [only(reading, EVENT_READ, ready), only(writing, EVENT_WRITE, ready)];
}

/** Descriptor → what it is ready for. */
function readyOf(
  interest: ReadonlyMap<number, number>,
  timeoutMs: number | null | undefined,
  kernel: Kernel,
): Map<number, number> {
  const selector = openPollSelector(kernel);
  try {
    for (const [fd, events] of interest) selector.register(fd, events);
    return new Map(selector.select(timeoutMs).map(([key, events]) => [key.fd, events]));
  } finally {
    selector.close();
  }
}

/** poll needs no kernel object to open and close; where it is not offered (a simulation) the best will do. */
function openPollSelector(kernel: Kernel): PollerSelector {
  return new PollerSelector(kernel.pollerKinds.includes('poll') ? { kernel, kind: 'poll' } : { kernel });
}

function pairs<F extends FileObject>(
  objects: Iterable<F>,
  event: number,
  interest: Map<number, number>,
): [F, number][] {
  return Array.from(objects, (fileobj): [F, number] => {
    const fd = descriptorOf(fileobj, 'select()');
    interest.set(fd, (interest.get(fd) ?? 0) | event);
    return [fileobj, fd];
  });
}

function only<F>(asked: readonly [F, number][], event: number, ready: ReadonlyMap<number, number>): F[] {
  return asked.filter(([, fd]) => ((ready.get(fd) ?? 0) & event) !== 0).map(([fileobj]) => fileobj);
}
