/** Every selector class of this machine, and something to select from. */
import {
  DefaultSelector,
  EpollSelector,
  KqueueSelector,
  type PollerSelector,
  PollSelector,
  SelectSelector,
} from '../../src/selectors.ts';
import { onTeardown } from '../support/teardown.ts';
import { kernel, type OsObjects, openOsObjects } from './os-objects.ts';

export type SelectorClass = new () => PollerSelector;

const classes: [string, SelectorClass][] = [
  ['DefaultSelector', DefaultSelector],
  ['SelectSelector', SelectSelector],
  ['PollSelector', PollSelector],
];
if (kernel.pollerKinds.includes('epoll')) classes.push(['EpollSelector', EpollSelector]);
if (kernel.pollerKinds.includes('kqueue')) classes.push(['KqueueSelector', KqueueSelector]);

export const selectorClasses: readonly [string, SelectorClass][] = classes;

/** A file object that behaves as sockets do: -1 once it is closed. */
export class End {
  readonly #os: OsObjects;
  #fd: number;

  constructor(os: OsObjects, fd: number) {
    this.#os = os;
    this.#fd = fd;
  }

  fileno(): number {
    return this.#fd;
  }

  close(): void {
    this.#os.close(this.#fd);
    this.#fd = -1;
  }
}

/** The two are a connected pair of unix sockets. */
export interface SelectorWorld {
  readonly os: OsObjects;
  readonly selector: PollerSelector;
  readonly reader: End;
  readonly writer: End;
}

/** Closed at the end of the test. */
export function closing<S extends { close(): void }>(selector: S): S {
  onTeardown(() => selector.close());
  return selector;
}

/** For one test. */
export function openSelectorWorld(Class: SelectorClass): SelectorWorld {
  const os = openOsObjects();
  const [reader, writer] = os.socketpair();
  return { os, selector: closing(new Class()), reader: new End(os, reader), writer: new End(os, writer) };
}
