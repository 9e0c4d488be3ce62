/** `sockSendto`: a message to an address. */

import { ADDRESS_RECORD_BYTES, type AddressInput, encodeAddress } from '../addresses/address.ts';
import type { Future } from '../futures/future.ts';
import { isNotNow, osError } from '../kernel/errno.ts';
import { SendVerb } from './send-verb.ts';
import { detachedBuffer } from './socket-verb.ts';

/** The caller's bytes are not copied: they must not change until the future is done. */
export class SendTo extends SendVerb<number> {
  protected override readonly verb = 'sendto';
  private readonly record = new Uint8Array(ADDRESS_RECORD_BYTES);
  private recordByteCount = 0;
  private address: AddressInput = '';
  private data: Uint8Array | null = null;
  private byteCount = 0;

  start(data: Uint8Array, address: AddressInput): Future<number> {
    this.requireIdle();
    const { family, kernel } = this.sock;
    this.recordByteCount = encodeAddress(kernel.constants, 'sockSendto', family, address, this.record);
    this.address = address;
    this.data = data;
    this.byteCount = data.length;
    return this.begin(true);
  }

  override abandoned(): void {
    super.abandoned();
    this.data = null;
  }

  override closed(error: Error): void {
    this.data = null;
    super.closed(error);
  }

  protected override attempt(future: Future<number>): boolean {
    const answered = this.send(future, this.data as Uint8Array);
    if (answered) this.data = null;
    return answered;
  }

  private send(future: Future<number>, data: Uint8Array): boolean {
    if (data.length !== this.byteCount) return detachedBuffer(future, this.verb);
    const { sockets } = this.loop.kernel;
    const { record, recordByteCount } = this;
    const result = sockets.sendto(this.sock.fd, data, 0, data.length, 0, record, recordByteCount);
    if (isNotNow(result)) return false;
    if (result < 0) future.fail(osError(result, 'sendto', this.address));
    else future.setResult(result);
    return true;
  }
}
