import { PollerSelector, type SelectorOptions } from './poller-selector.ts';

/**
 * The best selector this machine offers: epoll on Linux, kqueue on macOS and the BSDs, poll elsewhere.
 *
 *     using selector = new DefaultSelector<string>();
 *     selector.register(socket, EVENT_READ, 'client 1');
 *     for (const [key, events] of selector.select(1000)) console.log(key.data, events);
 */
export class DefaultSelector<D = unknown> extends PollerSelector<D> {
  constructor(options: SelectorOptions = {}) {
    super({ ...options });
  }
}

/** epoll(7): Linux. Throws TypeError elsewhere. */
export class EpollSelector<D = unknown> extends PollerSelector<D> {
  constructor(options: SelectorOptions = {}) {
    super({ ...options, kind: 'epoll' });
  }
}

/** kqueue(2): macOS and the BSDs. Throws TypeError elsewhere. */
export class KqueueSelector<D = unknown> extends PollerSelector<D> {
  constructor(options: SelectorOptions = {}) {
    super({ ...options, kind: 'kqueue' });
  }
}

/** poll(2): everywhere. Each wait costs in proportion to the number of registrations. */
export class PollSelector<D = unknown> extends PollerSelector<D> {
  constructor(options: SelectorOptions = {}) {
    super({ ...options, kind: 'poll' });
  }
}

/**
 * For programs that name it, as CPython's does. It waits in poll(2), not select(2): the same answers without
 * the limit of FD_SETSIZE (1,024) descriptors.
 */
export class SelectSelector<D = unknown> extends PollSelector<D> {}
