/** `sockAccept`: the next connection to a listening socket. */

import { ADDRESS_RECORD_BYTES, type Address, decodeAddress } from '../addresses/address.ts';
import type { Future } from '../futures/future.ts';
import {
  ECONNABORTED,
  EHOSTUNREACH,
  EMFILE,
  ENETDOWN,
  ENETUNREACH,
  ENFILE,
  ENOBUFS,
  ENOMEM,
  EOPNOTSUPP,
  EPERM,
  EPROTO,
} from '../kernel/errno.ts';
import { isNotNow, osError } from '../kernel/os-error.ts';
import type { Runnable } from '../loop/ready-queue.ts';
import { acceptedSocket, type Socket } from '../sockets/socket.ts';
import { SocketVerb } from './socket-verb.ts';

/**
 * How long accepting pauses when there is no descriptor or memory left. Without a pause a listener that stays
 * readable would turn the loop into a busy wait. asyncio waits 1 s; a tenth of that lets a server recover as
 * soon as a client has left, and costs ten system calls a second while it lasts.
 */
const EXHAUSTED_RETRY_MS = 100;

/** Out of descriptors or memory: ours, or the machine's. Later it may work. */
const EXHAUSTED: ReadonlySet<number> = new Set([EMFILE, ENFILE, ENOBUFS, ENOMEM]);

/**
 * One connection failed before it was accepted; the next may be fine. accept(2): "Linux accept() passes
 * already-pending network errors on the new socket as an error code", to be treated like EAGAIN. EPERM: a
 * firewall rule forbids the connection.
 */
const CONNECTION_LOST: ReadonlySet<number> = new Set([
  ECONNABORTED,
  EPROTO,
  EPERM,
  ENETDOWN,
  EHOSTUNREACH,
  ENETUNREACH,
  EOPNOTSUPP,
]);

/** A connection and the address of its peer, as `socket.accept()` returns them. */
export type Accepted = [conn: Socket, address: Address];

/**
 * A step may make a limited number of socket calls that succeed at once. When an accepting task has used them
 * up and the backlog may hold more, the verb does not wait for the selector, which may report thousands of
 * events first. It puts itself into the ready queue and accepts in a turn of its own.
 */
export class Accept extends SocketVerb<Accepted> implements Runnable {
  protected override readonly verb = 'accept';
  protected override readonly direction = 'reading';
  private readonly record = new Uint8Array(ADDRESS_RECORD_BYTES);
  /**
   * True when the last call found a connection: there may be another, so the next call tries at once. The
   * first one does too: a socket that cannot accept then says so, rather than waiting in vain.
   */
  private mayHaveMore = true;
  /** True from the report of an exhaustion until the next success, so that it is reported once. */
  private exhausted = false;
  /** True while a turn of its own is in the ready queue. */
  private isQueued = false;

  start(): Future<Accepted> {
    this.requireIdle();
    const triesAtOnce = this.mayHaveMore && !this.isObserved();
    const future = this.begin(triesAtOnce);
    // It was not even tried, for the step has made its calls.
    if (triesAtOnce && this.mayHaveMore && !future.done() && !this.isQueued) {
      this.isQueued = true;
      this.loop.ready.push(this);
    }
    return future;
  }

  /** @internal Runnable. */
  runReady(): void {
    this.isQueued = false;
    if (!this.mayHaveMore || this.slot.reader !== this) return;
    this.slot.reader = null;
    this.ready();
  }

  /**
   * The next connection if one waits in the backlog, else `null`. What is wrong, if anything, the next {@link
   * start} finds.
   */
  takeNow(): Socket | null {
    if (!this.mayHaveMore || this.isObserved()) return null;
    const fd = this.loop.kernel.sockets.accept(this.sock.fd, this.record);
    this.loop.instruments?.ioCall.tell('accept', this.sock.fd, fd);
    if (isNotNow(fd)) this.mayHaveMore = false;
    return fd < 0 ? null : acceptedSocket(this.sock, fd, this.record);
  }

  protected override attempt(future: Future<Accepted>): boolean {
    const fd = this.loop.kernel.sockets.accept(this.sock.fd, this.record);
    this.loop.instruments?.ioCall.tell('accept', this.sock.fd, fd);
    if (fd < 0) return this.refused(future, fd);
    this.mayHaveMore = true;
    this.exhausted = false;
    const conn = acceptedSocket(this.sock, fd, this.record);
    future.setResult([conn, decodeAddress(this.sock.kernel.constants, this.record)]);
    return true;
  }

  private refused(future: Future<Accepted>, result: number): boolean {
    this.mayHaveMore = false;
    if (isNotNow(result) || (CONNECTION_LOST.has(-result) && this.canAccept())) return false;
    if (!EXHAUSTED.has(-result)) return this.refuse(future, result);
    this.pause(result);
    return false;
  }

  /**
   * EOPNOTSUPP may be a network error, and is what a socket without connections says: that would be asked for
   * ever.
   */
  private canAccept(): boolean {
    const { SOCK_STREAM, SOCK_SEQPACKET } = this.sock.kernel.constants;
    return this.sock.type === SOCK_STREAM || this.sock.type === SOCK_SEQPACKET;
  }

  /** Leaves the listener alone for a while: its backlog keeps the clients meanwhile. */
  private pause(result: number): void {
    if (!this.exhausted) {
      this.exhausted = true;
      this.loop.callExceptionHandler({
        message: `accept: paused, and tried again every ${EXHAUSTED_RETRY_MS} ms until it works`,
        exception: osError(result, 'accept', this.subject()),
        socket: this.sock,
      });
    }
    this.retryAfter(EXHAUSTED_RETRY_MS);
  }
}
