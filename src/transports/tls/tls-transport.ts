/** What the program sees of a TLS connection: a transport like any other. All it does is done by its `TlsProtocol`. */

import { requireBytes } from '../../base/arguments.ts';
import { RuntimeError } from '../../base/errors.ts';
import type { LoopCore } from '../../loop/loop-core.ts';
import type { SSLInfo } from '../../tls/ssl-info.ts';
import type { BaseProtocol } from '../base.ts';
import { FlowControl } from '../flow-control.ts';
import type { Transport, WriteBufferLimits } from '../transport.ts';
import type { TlsSettings } from './tls-options.ts';
import type { TlsUser } from './tls-user.ts';

/** The machine behind a {@link TlsTransport}. */
export interface TlsMachine {
  readonly loop: LoopCore;
  /** The transport below, `null` before there is one. */
  readonly below: Transport | null;
  readonly settings: TlsSettings;
  readonly info: SSLInfo;
  readonly user: TlsUser;
  readonly isClosing: boolean;
  readonly isLost: boolean;
  readonly unsentByteCount: number;
  /** Whether what is written now would only wait. */
  readonly isFull: boolean;
  isReading(): boolean;
  pauseReading(): void;
  resumeReading(): void;
  write(data: Uint8Array): void;
  writeEof(): void;
  close(): void;
  abort(): void;
  describe(): string;
}

/**
 * A transport that encrypts. `getExtraInfo` knows `sslcontext`, `sslObject` (an {@link SSLInfo}), `peercert`, `cipher` and
 * `compression` besides what the transport below knows.
 */
export class TlsTransport implements Transport {
  /** @internal */
  readonly loop: LoopCore;
  /** @internal */
  readonly flow: FlowControl;
  private readonly machine: TlsMachine;
  private eofRequested = false;

  /** @internal */
  constructor(machine: TlsMachine) {
    this.machine = machine;
    this.loop = machine.loop;
    // The transport below counts bytes, with the same marks; this one passes on what that one says. Two counts would disagree, and
    // a program that is paused by one would wait for the other.
    this.flow = new FlowControl({
      loop: this.loop,
      getProtocol: () => machine.user.protocol,
      getWriteBufferSize: () => (machine.isFull ? Number.POSITIVE_INFINITY : 0),
    });
  }

  getExtraInfo(name: string, fallback: unknown = null): never {
    // The interface knows the types by name; here they are just values.
    return (this.ownInfo(name) ?? this.machine.below?.getExtraInfo(name, fallback) ?? fallback) as never;
  }

  getProtocol(): BaseProtocol {
    return this.machine.user.protocol;
  }

  setProtocol(protocol: BaseProtocol): void {
    this.machine.user.protocol = protocol;
  }

  isClosing(): boolean {
    return this.machine.isClosing || this.machine.isLost;
  }

  isReading(): boolean {
    return this.machine.isReading();
  }

  pauseReading(): void {
    this.machine.pauseReading();
  }

  resumeReading(): void {
    this.machine.resumeReading();
  }

  write(data: Uint8Array): void {
    requireBytes('write', 'data', data);
    this.refuseAfterEof('write');
    this.machine.write(data);
  }

  writeLines(list: Iterable<Uint8Array>): void {
    this.refuseAfterEof('writeLines');
    const pieces = [...list];
    for (const data of pieces) requireBytes('writeLines', 'data', data);
    if (pieces.length === 1) this.machine.write(pieces[0] as Uint8Array);
    // One copy is less than what a record for each would cost.
    else if (pieces.length > 1) this.machine.write(Buffer.concat(pieces));
  }

  /** Sends close_notify after what is left; receiving goes on. TLS 1.3 has such an end of one direction, older peers may close. */
  writeEof(): void {
    if (this.eofRequested) return;
    this.eofRequested = true;
    this.machine.writeEof();
  }

  canWriteEof(): boolean {
    return true;
  }

  getWriteBufferSize(): number {
    return this.machine.unsentByteCount;
  }

  getWriteBufferLimits(): [low: number, high: number] {
    return [this.flow.low, this.flow.high];
  }

  setWriteBufferLimits(limits?: WriteBufferLimits): void {
    this.flow.setLimits(limits);
    this.machine.below?.setWriteBufferLimits({ low: this.flow.low, high: this.flow.high });
  }

  close(): void {
    this.machine.close();
  }

  abort(): void {
    this.machine.abort();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  toString(): string {
    return `<TlsTransport ${this.machine.describe()}>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  private ownInfo(name: string): unknown {
    const { settings, info } = this.machine;
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
