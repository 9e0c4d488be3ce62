/**
 * The receiving half of a TLS transport: ciphertext in, plaintext to the protocol, for as long as that one wants it.
 *
 * | the protocol | from below                                  | the transport below |
 * |--------------|---------------------------------------------|---------------------|
 * | reads        | decrypted and handed on                     | reads               |
 * | is paused    | kept: what had been received until then     | is paused           |
 * | has left     | decrypted and dropped, for the sake of the end | reads            |
 *
 * What is kept is little, since the transport below is paused too: a record or two in the engine, the rest of one receive in `held`.
 * The end of the bytes, if it has come, is told after what was kept.
 */

import { RuntimeError } from '../../base/errors.ts';
import { type TlsEngine, WANT } from '../../tls/engine.ts';
import { isBufferedProtocol, type Protocol, type StreamProtocol } from '../protocol.ts';
import type { Transport } from '../transport.ts';
import { carvePlaintext } from './tls-memory.ts';
import type { TlsUser } from './tls-user.ts';

/** Ciphertext goes to OpenSSL in pieces: its memory grows to what it was given at once, and stays so. */
const FEED_BYTES = 16 * 1024 + 256;

/** What a receiver asks of its connection. */
export interface ReceivingMachine {
  readonly user: TlsUser;
  readonly below: Transport | null;
  readonly isOpen: boolean;
  readonly isClosing: boolean;
  readonly isLost: boolean;
  /** Whether an end without close_notify is as good as one. */
  readonly mayEndAnyhow: boolean;
  /** The engine has been fed: goes on with the handshake, or has what there is delivered. */
  progress(): void;
  /** The other side sends no more. Called once. */
  otherSideEnded(): void;
}

export class TlsReceiver {
  /** Whether the protocol wants nothing for now. */
  paused = false;
  /** Whether the other side has said that it sends no more. */
  ended = false;
  private readonly engine: TlsEngine;
  private readonly machine: ReceivingMachine;
  private held: Buffer | null = null;
  /** Whether the bytes from below have ended. */
  private bytesEnded = false;

  constructor(engine: TlsEngine, machine: ReceivingMachine) {
    this.engine = engine;
    this.machine = machine;
  }

  /** Takes ciphertext, in memory that others will use afterwards. */
  take(data: Uint8Array, byteCount: number): void {
    if (this.held !== null) {
      this.held = Buffer.concat([this.held, data.subarray(0, byteCount)]);
      return;
    }
    for (let offset = 0; offset < byteCount && !this.machine.isLost; ) {
      if (!this.wantsData()) {
        this.held = Buffer.from(data.subarray(offset, byteCount));
        return;
      }
      const count = Math.min(FEED_BYTES, byteCount - offset);
      this.engine.feed(data, offset, count);
      offset += count;
      this.machine.progress();
    }
  }

  /** No more ciphertext will come. */
  takeEnd(): void {
    this.bytesEnded = true;
    this.feedEnd();
  }

  /** Goes on where it stopped. */
  resume(): void {
    const { machine, held } = this;
    machine.progress();
    if (held !== null && this.wantsData()) {
      this.held = null;
      this.take(held, held.length);
    }
    if (this.bytesEnded) this.feedEnd();
    else if (this.wantsData()) machine.below?.resumeReading();
  }

  /** Hands on what plaintext there is. @throws SSLError; what the protocol throws */
  deliver(): void {
    while (!this.ended && this.wantsData()) {
      const result = this.machine.isClosing ? this.drop() : this.deliverSome();
      if (result === WANT) return;
      if (result === 0) this.end();
    }
  }

  private wantsData(): boolean {
    const { machine } = this;
    return !machine.isLost && !(machine.isOpen && this.paused);
  }

  private feedEnd(): void {
    // Not before what came before it has been read.
    if (this.ended || this.held !== null || !this.wantsData()) return;
    if (this.machine.mayEndAnyhow) {
      this.end();
      return;
    }
    this.engine.feedEnd();
    this.machine.progress();
  }

  private end(): void {
    this.ended = true;
    this.machine.otherSideEnded();
  }

  private deliverSome(): number {
    const protocol = this.machine.user.protocol as StreamProtocol;
    if (isBufferedProtocol(protocol)) {
      const buffer = protocol.getBuffer(-1);
      if (buffer.length === 0) throw new RuntimeError('getBuffer() returned an empty buffer');
      const result = this.engine.read(buffer, 0, buffer.length);
      if (result > 0) protocol.bufferUpdated(result);
      return result;
    }
    const { data, result } = carvePlaintext((out, offset, count) => this.engine.read(out, offset, count));
    if (data !== null) (protocol as Protocol).dataReceived(data);
    return result;
  }

  private drop(): number {
    return carvePlaintext((out, offset, count) => Math.min(this.engine.read(out, offset, count), 1)).result;
  }
}
