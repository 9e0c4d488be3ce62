/** `sockConnect`: a connection without blocking. */

import type { AddressInput } from '../addresses/address.ts';
import { ADDRESS_RECORD_BYTES, encodeAddress } from '../addresses/address.ts';
import type { Future } from '../futures/future.ts';
import { EAGAIN, EALREADY, EINPROGRESS, EINTR, EISCONN } from '../kernel/errno.ts';
import { osError } from '../kernel/os-error.ts';
import { longerPause } from '../kernel/waits.ts';
import { SocketVerb } from './socket-verb.ts';

/**
 * A connect to a unix socket whose backlog is full says EAGAIN, and nothing ever reports that there is room
 * (unix(7), connect(2)). So it is tried again after ever longer pauses.
 *
 * | state      | what is under way      | next                                            |
 * |------------|------------------------|-------------------------------------------------|
 * | asking     | nothing                | done, connecting, or asking again after a delay |
 * | connecting | the kernel's handshake | writable: SO_ERROR says how it ended            |
 *
 * A handshake goes on in the kernel when its await is cancelled, so the next call may find the socket
 * connected (EISCONN).
 */
export class Connect extends SocketVerb<void> {
  protected override readonly verb = 'connect';
  protected override readonly direction = 'writing';
  private address: AddressInput = '';
  private record = new Uint8Array(ADDRESS_RECORD_BYTES);
  private recordByteCount = 0;
  private connecting = false;
  /** True from the beginning of a handshake until its end was seen. */
  private handshaking = false;
  private retryDelayMs = 0;

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
    this.retryDelayMs = 0;
    return this.begin(true);
  }

  protected override attempt(future: Future<void>): boolean {
    return this.connecting ? this.finish(future) : this.ask(future);
  }

  /** An unconnected socket has no readiness to wait for: only a handshake has. */
  protected override park(): void {
    if (!this.connecting) {
      this.retryDelayMs = longerPause(this.retryDelayMs);
      this.retryAfter(this.retryDelayMs);
    }
    super.park();
  }

  private ask(future: Future<void>): boolean {
    const result = this.loop.kernel.sockets.connect(this.sock.fd, this.record, this.recordByteCount);
    this.loop.instruments?.ioCall.tell('connect', this.sock.fd, result);
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
    const result = this.loop.kernel.sockets.getsockoptInt(this.sock.fd, SOL_SOCKET, SO_ERROR, out);
    const error = result < 0 ? result : -(out[0] as number);
    return error === 0 ? this.succeed(future) : this.fail(future, error);
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
}
