/**
 * What the program sees of a TLS connection: a transport like any other. All it does is done by its
 * `TlsConnection`.
 */

import { requireBytes } from '../../base/arguments.ts';
import { RuntimeError } from '../../base/errors.ts';
import type { LoopCore } from '../../loop/loop-core.ts';
import { type BaseProtocol, requireProtocol } from '../base.ts';
import type { FlowControl } from '../flow-control.ts';
import type { StreamProtocol } from '../protocol.ts';
import type { Transport, WriteBufferLimits } from '../transport.ts';
import { TlsConnection } from './tls-connection.ts';
import type { TlsSettings } from './tls-options.ts';
import { TlsProtocol } from './tls-protocol.ts';
import type { TlsUserOptions } from './tls-user.ts';

/**
 * A transport that encrypts. Besides what the transport below knows, `getExtraInfo` knows `sslcontext`,
 * `sslObject` (an `SSLInfo`), `peercert`, `cipher` and `compression`.
 */
export class TlsTransport implements Transport {
  /** @internal */
  readonly loop: LoopCore;
  /** @internal */
  readonly connection: TlsConnection;
  /** @internal What the transport below calls. */
  readonly layer: TlsProtocol;
  private eofRequested = false;

  /** @internal @throws TypeError, SSLError for settings that make no connection */
  constructor(loop: LoopCore, protocol: StreamProtocol, settings: TlsSettings, options: TlsUserOptions) {
    this.loop = loop;
    this.connection = new TlsConnection(loop, this, protocol, settings, options);
    this.layer = new TlsProtocol(this.connection);
  }

  /** @internal */
  get flow(): FlowControl {
    return this.connection.sender.flow;
  }

  /** @internal Whether nothing more will be received. */
  get hasEnded(): boolean {
    return this.connection.hasEnded;
  }

  getExtraInfo(name: string, fallback: unknown = null): never {
    // The interface knows the types by name; here they are just values.
    return (this.ownInfo(name) ?? this.connection.below?.getExtraInfo(name, fallback) ?? fallback) as never;
  }

  getProtocol(): BaseProtocol {
    return this.connection.user.protocol;
  }

  setProtocol(protocol: BaseProtocol): void {
    this.connection.user.protocol = requireProtocol('setProtocol', protocol);
  }

  isClosing(): boolean {
    const { phase, below } = this.connection;
    return phase.isClosing || phase.isLost || below?.isClosing() === true;
  }

  isReading(): boolean {
    return this.connection.isReading();
  }

  pauseReading(): void {
    this.connection.pauseReading();
  }

  resumeReading(): void {
    this.connection.resumeReading();
  }

  write(data: Uint8Array): void {
    requireBytes('write', 'data', data);
    this.refuseAfterEof('write');
    this.connection.write(data);
  }

  writeLines(list: Iterable<Uint8Array>): void {
    this.refuseAfterEof('writeLines');
    const pieces = [...list];
    for (const data of pieces) requireBytes('writeLines', 'data', data);
    if (pieces.length === 1) this.connection.write(pieces[0] as Uint8Array);
    // One copy costs less than a record for each.
    else if (pieces.length > 1) this.connection.write(Buffer.concat(pieces));
  }

  /**
   * Sends close_notify after what is left; receiving goes on. TLS 1.3 can end one direction, older peers may
   * close.
   */
  writeEof(): void {
    if (this.eofRequested) return;
    this.eofRequested = true;
    this.connection.writeEof();
  }

  canWriteEof(): boolean {
    return true;
  }

  getWriteBufferSize(): number {
    return this.connection.sender.unsentByteCount;
  }

  getWriteBufferLimits(): [low: number, high: number] {
    return [this.flow.low, this.flow.high];
  }

  setWriteBufferLimits(limits?: WriteBufferLimits): void {
    this.flow.setLimits(limits);
    this.connection.below?.setWriteBufferLimits({ low: this.flow.low, high: this.flow.high });
  }

  close(): void {
    this.connection.close();
  }

  abort(): void {
    this.connection.abort();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  toString(): string {
    return `<TlsTransport ${this.connection.describe()}>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  private ownInfo(name: string): unknown {
    const { settings, info } = this.connection;
    switch (name) {
      case 'sslcontext':
        return settings.context;
      case 'sslObject':
        return info;
      case 'peercert':
        return info.getpeercert();
      case 'cipher':
        return info.cipher();
      default:
        return null;
    }
  }

  private refuseAfterEof(call: string): void {
    if (this.eofRequested) throw new RuntimeError(`Cannot call ${call}() after writeEof()`);
  }
}
