/** `sockConnect`: a connection without blocking. */

import type { AddressInput } from '../addresses/address.ts';
import { ADDRESS_RECORD_BYTES, encodeAddress } from '../addresses/address.ts';
import type { Future } from '../futures/future.ts';
import { check, EAGAIN, EALREADY, EINPROGRESS, EINTR, EISCONN, osError } from '../kernel/errno.ts';
import type { TimerHandle } from '../loop/handle.ts';
import type { ReadinessWaiter } from '../loop/readiness-waiter.ts';
import { SocketVerb } from './socket-verb.ts';

/**
 * A unix socket whose listener's backlog is full says EAGAIN, and nothing ever reports that there is room (unix(7), connect(2)).
 * So it is asked again, after 1 ms and then ever longer up to this.
 */
const MAX_RETRY_DELAY_MS = 50;

/**
 * | state      | what is under way                 | next                                          |
 * |------------|-----------------------------------|-----------------------------------------------|
 * | asking     | nothing                           | done, connecting, or asking again after a delay |
 * | connecting | the kernel's handshake            | writable: SO_ERROR says how it ended          |
 *
 * A handshake goes on in the kernel when its await is cancelled, so the next call may find the socket connected (EISCONN).
 */
export class Connect extends SocketVerb<void> {
  protected override readonly verb = 'connect';
  private address: AddressInput = '';
  private record = new Uint8Array(ADDRESS_RECORD_BYTES);
  private recordByteCount = 0;
  private connecting = false;
  /** True from the beginning of a handshake until its end was seen. */
  private handshaking = false;
  private retryDelayMs = 0;
  private retryTimer: TimerHandle | null = null;

  start(address: AddressInput): Future<void> {
    this.requireIdle();
    this.recordByteCount = encodeAddress(
      this.sock.kernel.constants,
      'connect',
      this.sock.family,
      address,
      this.record,
    );
    this.address = address;
    this.connecting = false;
    this.retryDelayMs = 1;
    return this.begin(true);
  }

  override closed(error: Error): void {
    this.cancelRetry();
    super.closed(error);
  }

  override abandoned(): void {
    this.cancelRetry();
    super.abandoned();
  }

  protected override attempt(future: Future<void>): boolean {
    return this.connecting ? this.finish(future) : this.ask(future);
  }

  protected override park(): void {
    if (this.connecting) this.loop.io.setWriter(this.slot, this);
    else this.retryLater();
  }

  protected override unpark(): void {
    if (this.slot.writer === this) this.loop.io.clearWriter(this.slot);
  }

  protected override occupant(): ReadinessWaiter | null {
    return this.slot.writer;
  }

  private ask(future: Future<void>): boolean {
    const result = this.loop.kernel.sockets.connect(this.sock.fd, this.record, this.recordByteCount);
    if (result === 0 || (result === -EISCONN && this.handshaking)) return this.succeed(future);
    // EINTR: the connection goes on in the background, exactly as after EINPROGRESS (connect(2)).
    this.connecting = result === -EINPROGRESS || result === -EALREADY || result === -EINTR;
    if (this.connecting) this.handshaking = true;
    if (this.connecting || result === -EAGAIN) return false;
    return this.fail(future, result);
  }

  private finish(future: Future<void>): boolean {
    const { SOL_SOCKET, SO_ERROR } = this.sock.kernel.constants as { SOL_SOCKET: number; SO_ERROR: number };
    const out = new Int32Array(1);
    check(this.loop.kernel.sockets.getsockoptInt(this.sock.fd, SOL_SOCKET, SO_ERROR, out), 'getsockopt');
    const errno = out[0] as number;
    return errno === 0 ? this.succeed(future) : this.fail(future, -errno);
  }

  private succeed(future: Future<void>): true {
    this.handshaking = false;
    future.setResult();
    return true;
  }

  private fail(future: Future<void>, result: number): true {
    this.handshaking = false;
    future.fail(osError(result, 'connect', this.address));
    return true;
  }

  private retryLater(): void {
    this.loop.io.holdWriter(this.slot, this);
    this.retryTimer = this.loop.callLater(this.retryDelayMs, () => {
      this.slot.writer = null;
      this.ready();
    });
    this.retryDelayMs = Math.min(this.retryDelayMs * 2, MAX_RETRY_DELAY_MS);
  }

  private cancelRetry(): void {
    this.retryTimer?.cancel();
    this.retryTimer = null;
  }
}
