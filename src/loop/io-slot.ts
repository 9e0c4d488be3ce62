/** What the loop knows of one descriptor. The table of its states: `io-waiters.ts`. */

import type { SelectorKey } from '../selectors/selector.ts';
import type { Socket } from '../sockets/socket.ts';
import type { SocketWatcher } from '../sockets/socket-options.ts';
import { closedUnderWaiter } from './descriptor-errors.ts';
import type { ReadinessWaiter } from './readiness-waiter.ts';
import type { Receiver } from './receive-batch.ts';

/** The slots of one loop, as one of them sees it. */
export interface SlotTable {
  readonly sends: { flush(): void };
  close(slot: IoSlot, makeError: () => Error): void;
}

/** What a descriptor can belong to. */
export interface SlotOwner {
  /** Other code has closed the descriptor. */
  closed(error: Error): void;
  /** For messages. */
  describe(): string;
}

/** What the loop knows of one descriptor. */
export class IoSlot implements SocketWatcher {
  readonly table: SlotTable;
  readonly fd: number;
  /** The socket object behind the descriptor, where the loop was given one. */
  readonly socket: Socket | null;
  key: SelectorKey<IoSlot> | null = null;
  reader: ReadinessWaiter | null = null;
  writer: ReadinessWaiter | null = null;
  /** The reader for which the loop may receive, if there is one. */
  receiver: Receiver | null = null;
  /** What the descriptor belongs to, such as a transport: nobody else may wait for it. */
  owner: SlotOwner | null = null;
  /** Reusable waiters for this descriptor's verbs, kept by the room that implements them. */
  verbs: object | null = null;
  /** Whether its waiter keeps Node alive when the loop is Node's guest. */
  isRef = true;

  constructor(table: SlotTable, fd: number, socket: Socket | null) {
    this.table = table;
    this.fd = fd;
    this.socket = socket;
  }

  /** Whether nobody waits for it, nor owns it. */
  get isIdle(): boolean {
    return this.reader === null && this.writer === null && this.owner === null;
  }

  /** Whether somebody waits for it for whom Node must stay. */
  keepsAlive(): boolean {
    if (!this.isRef) return false;
    return isWork(this.reader) || isWork(this.writer);
  }

  /** @internal Called by the socket before its descriptor is closed. */
  socketClosing(sock: Socket): void {
    this.table.close(this, () => closedUnderWaiter(sock));
  }

  /** @internal SocketWatcher. */
  flushSends(): void {
    this.table.sends.flush();
  }

  describe(): string {
    return this.socket === null ? `fd ${this.fd}` : this.socket.toString();
  }
}

/** One that nothing can come of now, such as an idle pool or resolver, is no work. */
function isWork(waiter: ReadinessWaiter | null): boolean {
  return waiter !== null && waiter.keepsAlive !== false && waiter.mayWake !== false;
}
