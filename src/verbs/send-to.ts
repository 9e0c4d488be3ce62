/** `sockSendto`: a message to an address. */

import { ADDRESS_RECORD_BYTES, type AddressInput, encodeAddress } from '../addresses/address.ts';
import { requireBytes } from '../base/arguments.ts';
import type { Future } from '../futures/future.ts';
import { isNotNow, osError } from '../kernel/os-error.ts';
import { longerPause } from '../kernel/waits.ts';
import { detachedBuffer, SocketVerb } from './socket-verb.ts';

/** The caller's bytes are not copied, unless they are lent: they must not change until the future is done. */
export class SendTo extends SocketVerb<number> {
  protected override readonly direction = 'writing';
  protected override readonly verb = 'sendto';
  private readonly record = new Uint8Array(ADDRESS_RECORD_BYTES);
  private recordByteCount = 0;
  private address: AddressInput = '';
  private data: Uint8Array | null = null;
  private byteCount = 0;
  private retryDelayMs = 0;

  start(data: Uint8Array, address: AddressInput): Future<number> {
    this.requireIdle();
    const { family, kernel } = this.sock;
    this.recordByteCount = encodeAddress(kernel.constants, 'sockSendto', family, address, this.record);
    // After the address, whose getters could give the memory away.
    requireBytes('sockSendto', 'data', data);
    this.address = address;
    this.data = data;
    this.byteCount = data.length;
    this.retryDelayMs = 0;
    return this.begin(true);
  }

  protected override letGo(): void {
    this.data = null;
  }

  /**
   * It has to wait: what is only lent will be somebody else's by then. An unconnected unix socket is always
   * writable, however full the receiver is (unix(7)): where readiness was of no use, it waits for a timer.
   */
  protected override park(): void {
    if (this.data !== null) this.data = this.loop.io.arena.lent.kept(this.data);
    if (this.retryDelayMs > 0) this.retryAfter(this.retryDelayMs);
    super.park();
  }

  protected override attempt(future: Future<number>): boolean {
    const data = this.data as Uint8Array;
    if (data.length !== this.byteCount) return detachedBuffer(future, this.verb);
    const { sockets } = this.loop.kernel;
    const { record, recordByteCount } = this;
    const result = sockets.sendto(this.sock.fd, data, 0, data.length, 0, record, recordByteCount);
    this.loop.instruments?.ioCall.tell('sendto', this.sock.fd, result);
    if (isNotNow(result)) {
      const hasWaited = this.future !== null;
      if (hasWaited) this.retryDelayMs = longerPause(this.retryDelayMs);
      return false;
    }
    if (result < 0) future.fail(osError(result, 'sendto', this.address));
    else future.setResult(result);
    return true;
  }
}
