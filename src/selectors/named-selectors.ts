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

/**
 * Waits in epoll(7). Python's `selectors.EpollSelector`.
 * @throws TypeError elsewhere than on Linux
 */
export class EpollSelector<D = unknown> extends PollerSelector<D> {
  constructor(options: SelectorOptions = {}) {
    super({ ...options, kind: 'epoll' });
  }
}

/**
 * Waits in kqueue(2). Python's `selectors.KqueueSelector`.
 * @throws TypeError elsewhere than on macOS and the BSDs
 */
export class KqueueSelector<D = unknown> extends PollerSelector<D> {
  constructor(options: SelectorOptions = {}) {
    super({ ...options, kind: 'kqueue' });
  }
}

/**
 * Waits in poll(2), which every system has. Each wait costs in proportion to the number of registrations.
 * Python's `selectors.PollSelector`.
 */
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
