/**
 * Takes the connections of one listening socket, one in each of its turns, for as long as it is not stopped. How to accept, and
 * what to do when there are no descriptors left, is the accept verb's.
 *
 * | state   | pending | in the ready queue                | stop()                                    |
 * |---------|---------|-----------------------------------|-------------------------------------------|
 * | waiting | set     | no                                | cancels the accept                        |
 * | woken   | done    | yes                               | closes the connection that has been taken |
 * | stopped | null    | perhaps once more, for nothing    | nothing                                   |
 */

import { type Context, copyContext, enterContext, leaveContext } from '../base/context.ts';
import type { Future } from '../futures/future.ts';
import type { FutureObserver } from '../futures/future-core.ts';
import type { Runnable } from '../loop/ready-queue.ts';
import type { Address } from '../sockets/address.ts';
import type { Socket } from '../sockets/socket.ts';
import type { NetworkLoop } from './network-loop.ts';

export class Acceptor implements FutureObserver, Runnable {
  private readonly loop: NetworkLoop;
  private readonly listener: Socket;
  private readonly onConnection: (conn: Socket) => void;
  private readonly context: Context = copyContext();
  private pending: Future<[conn: Socket, address: Address]> | null = null;

  /** @param onConnection is given each connection, with a context of its own making; must not throw */
  constructor(loop: NetworkLoop, listener: Socket, onConnection: (conn: Socket) => void) {
    this.loop = loop;
    this.listener = listener;
    this.onConnection = onConnection;
  }

  start(): void {
    const pending = this.loop.sockAccept(this.listener);
    this.pending = pending;
    pending.addObserver(this);
  }

  stop(): void {
    const { pending } = this;
    this.pending = null;
    if (pending === null || pending.cancel()) return;
    // Done, but its turn has not come: nobody else knows of this connection.
    if (!pending.failed()) pending.result()[0].close();
  }

  /** @internal */
  futureDone(): void {
    this.loop.ready.push(this);
  }

  /** @internal */
  runReady(): void {
    const { pending } = this;
    if (pending === null || !pending.done()) return;
    this.pending = null;
    const previous = enterContext(this.context);
    try {
      this.serve(pending);
    } finally {
      leaveContext(previous);
    }
  }

  toString(): string {
    return `<accepting from ${this.listener}>`;
  }

  private serve(accepted: Future<[conn: Socket, address: Address]>): void {
    try {
      const [conn] = accepted.result();
      // Before the connection is served: what serves it may stop this.
      this.start();
      this.onConnection(conn);
    } catch (error) {
      this.loop.callExceptionHandler({
        message: 'Accepting has failed; the server takes no more connections from this socket',
        exception: error,
        socket: this.listener,
      });
    }
  }
}
