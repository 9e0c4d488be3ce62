/// <reference types="node" preserve="true" />
/**
 * `selectloop/selectors`: blocking I/O multiplexing after CPython's `selectors` and `select` modules.
 * Re-exports only.
 *
 * @module
 */

export type { FileObject } from './selectors/file-object.ts';
export { EVENT_READ, EVENT_WRITE } from './selectors/interest.ts';
export {
  DefaultSelector,
  EpollSelector,
  KqueueSelector,
  PollSelector,
  SelectSelector,
} from './selectors/named-selectors.ts';
export type { PollerSelectorOptions, SelectorOptions } from './selectors/poller-selector.ts';
export { PollerSelector } from './selectors/poller-selector.ts';
export type { SelectOptions } from './selectors/select.ts';
export { select } from './selectors/select.ts';
export type { DataArgument, SelectorKey, SelectorMap } from './selectors/selector.ts';
export { BaseSelector } from './selectors/selector.ts';
