/**
 * The sending half of a TLS transport: plaintext in, ciphertext to the transport below.
 *
 * | state   | backlog | write()                    | leaves by                                                     |
 * |---------|---------|----------------------------|---------------------------------------------------------------|
 * | shut    | bytes   | keeps                      | open(): the handshake is done                                 |
 * | flowing | none    | encrypts and sends         | pause(): the transport below has enough; end(), discard()     |
 * | paused  | bytes   | keeps                      | resume(): encrypts what was kept                              |
 * | ended   | none    | nothing                    | –                                                             |
 *
 * Bytes are encrypted when they can go, not before: what waits here is the program's own, not copied. The end (close_notify) is sent
 * when the backlog is empty.
 */

import { Ring } from '../../base/ring.ts';
import { type TlsEngine, WANT } from '../../tls/engine.ts';
import type { Transport } from '../transport.ts';
import { CIPHERTEXT_BYTES, giveBackCiphertext, takeCiphertextBuffer } from './tls-memory.ts';

/** The most plaintext in a record. */
const RECORD_BYTES = 16 * 1024;

/** What TLS adds to a record, rounded up. */
const RECORD_OVERHEAD_BYTES = 256;

export class TlsSender {
  /** Plaintext that waits. */
  byteCount = 0;
  /** Whether close_notify has been sent. */
  ended = false;
  private readonly engine: TlsEngine;
  /** The transport below, once it is there. */
  private below: Transport | null = null;
  /** Whether the transport below takes a buffer only for as long as it has unsent bytes, so that ours can be used again. */
  private givesBack = false;
  private readonly backlog = new Ring<Uint8Array>(4);
  /** The piece that is being encrypted, out of the backlog already, and how many of its bytes are. */
  private current: Uint8Array | null = null;
  private offset = 0;
  private isOpen = false;
  private paused = false;
  private endRequested = false;

  constructor(engine: TlsEngine) {
    this.engine = engine;
  }

  /** Whether more than `highByteCount` would only wait. */
  isFull(highByteCount: number): boolean {
    return this.paused || (!this.isOpen && this.byteCount > highByteCount);
  }

  /** Sends to `below` from now on. */
  attach(below: Transport, givesBack: boolean): void {
    this.below = below;
    this.givesBack = givesBack;
  }

  /** The handshake is done. */
  open(): void {
    this.isOpen = true;
    this.flush();
  }

  write(data: Uint8Array): void {
    if (data.length === 0) return;
    this.backlog.push(data);
    this.byteCount += data.length;
    this.flush();
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.flush();
  }

  /** Sends close_notify after what is left. */
  end(): void {
    this.endRequested = true;
    this.flush();
  }

  /** Forgets what is left. */
  discard(): void {
    this.backlog.clear();
    this.current = null;
    this.byteCount = 0;
    this.ended = true;
  }

  /** Sends what TLS itself has to say: parts of the handshake, alerts. */
  sendOwn(): void {
    const { below, engine } = this;
    if (below === null || engine.handle < 0) return;
    for (;;) {
      const buffer = takeCiphertextBuffer();
      const count = engine.drain(buffer, 0, buffer.length);
      if (count === 0) giveBackCiphertext(buffer);
      else this.sendBelow(below, buffer, count);
      if (count < buffer.length) return;
    }
  }

  private flush(): void {
    const { below } = this;
    if (!this.isOpen || this.ended || below === null) return;
    while (this.byteCount > 0 && !this.paused) {
      const buffer = takeCiphertextBuffer();
      const count = this.encryptInto(buffer);
      if (count === 0) {
        giveBackCiphertext(buffer);
        return;
      }
      this.sendBelow(below, buffer, count);
    }
    if (this.byteCount > 0 || !this.endRequested || this.ended) return;
    this.ended = true;
    this.engine.shutdown();
    this.sendOwn();
  }

  /** Encrypts from the backlog what fits. Returns how many bytes of ciphertext there are. */
  private encryptInto(buffer: Buffer): number {
    const { engine } = this;
    let filled = 0;
    while (this.byteCount > 0 && filled + RECORD_BYTES + RECORD_OVERHEAD_BYTES <= CIPHERTEXT_BYTES) {
      const piece = this.nextPiece();
      const taken = engine.write(piece, this.offset, Math.min(piece.length - this.offset, RECORD_BYTES));
      if (taken === WANT) break;
      this.drop(piece, taken);
      filled += engine.drain(buffer, filled, buffer.length - filled);
    }
    return filled;
  }

  /** The piece to go on with; several small ones become one, since each record costs as much as some hundred bytes. */
  private nextPiece(): Uint8Array {
    if (this.current !== null) return this.current;
    const { backlog } = this;
    const pieces = [backlog.shift() as Uint8Array];
    for (let total = (pieces[0] as Uint8Array).length; total < RECORD_BYTES && backlog.length > 0; ) {
      const piece = backlog.shift() as Uint8Array;
      pieces.push(piece);
      total += piece.length;
    }
    this.current = pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces);
    this.offset = 0;
    return this.current;
  }

  private drop(piece: Uint8Array, byteCount: number): void {
    this.byteCount -= byteCount;
    this.offset += byteCount;
    if (this.offset === piece.length) this.current = null;
  }

  /** Hands ciphertext down. The buffer is not ours meanwhile: what is called in there may write again. */
  private sendBelow(below: Transport, buffer: Buffer, byteCount: number): void {
    const data = buffer.subarray(0, byteCount);
    if (!this.givesBack) {
      giveBackCiphertext(buffer);
      below.write(Buffer.from(data));
      return;
    }
    below.write(data);
    if (below.getWriteBufferSize() === 0) giveBackCiphertext(buffer);
  }
}
