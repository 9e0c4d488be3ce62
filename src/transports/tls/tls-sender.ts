/**
 * The sending half of a TLS transport: plaintext in, ciphertext to the transport below.
 *
 * | state   | backlog | write()            | leaves by                                                 |
 * |---------|---------|--------------------|-----------------------------------------------------------|
 * | shut    | bytes   | queues             | open(): the handshake is done                             |
 * | flowing | none    | encrypts and sends | pause(): the transport below has enough; end(), discard() |
 * | paused  | bytes   | queues             | resume(): encrypts what was queued                        |
 * | ended   | none    | nothing            | –                                                         |
 *
 * Bytes are encrypted when they can go, not before: what waits here is the program's own memory, not a copy.
 * Memory that was transferred or resized meanwhile is noticed before any of it is encrypted. The end
 * (close_notify) is sent when the backlog is empty.
 */

import { Ring } from '../../base/ring.ts';
import type { LentMemory } from '../../loop/lent-memory.ts';
import { type TlsEngine, WANT } from '../../tls/engine.ts';
import { FlowControl } from '../flow-control.ts';
import { SocketTransport } from '../socket-transport.ts';
import type { Transport } from '../transport.ts';
import { memoryChanged } from '../write-queue.ts';
import type { TlsUser } from './tls-user.ts';

/** The most plaintext in a record. */
const RECORD_BYTES = 16 * 1024;

/** What TLS adds to a record, rounded up. */
const RECORD_OVERHEAD_BYTES = 256;

/** Ciphertext is collected up to this size before it goes below: four records. */
const CIPHERTEXT_BYTES = 4 * (RECORD_BYTES + RECORD_OVERHEAD_BYTES);

/** The buffer for ciphertext that the connections of this thread share, `null` while one has it. */
let spareBuffer: Buffer | null = null;

export class TlsSender {
  /**
   * The transport below counts bytes, with the same marks; this passes on what that one says. Two counts
   * would disagree, and a program that is paused by one would wait for the other.
   */
  readonly flow: FlowControl;
  /** Plaintext that waits. */
  private byteCount = 0;
  /** Whether close_notify has been sent. */
  ended = false;
  private readonly engine: TlsEngine;
  private readonly lent: LentMemory;
  /** The transport below, once it is there. */
  private below: Transport | null = null;
  /** The transport below, if it uses a buffer only while it waits in its queue: ours can be used again. */
  private givingBack: SocketTransport | null = null;
  private readonly backlog = new Ring<Uint8Array>(4);
  /** How long each piece of the backlog was when it came. */
  private readonly sizes = new Ring<number>(4);
  /** The piece that is being encrypted, out of the backlog already; its size, and how much of it is. */
  private current: Uint8Array | null = null;
  private size = 0;
  private offset = 0;
  private isOpen = false;
  private paused = false;
  private endRequested = false;

  constructor(engine: TlsEngine, user: TlsUser) {
    this.engine = engine;
    this.lent = user.loop.io.arena.lent;
    this.flow = new FlowControl({
      loop: user.loop,
      getProtocol: () => user.protocol,
      getWriteBufferSize: () => (this.isFull ? Number.POSITIVE_INFINITY : 0),
    });
  }

  /** How many bytes the program has written that have not left this machine. */
  get unsentByteCount(): number {
    return this.byteCount + (this.below?.getWriteBufferSize() ?? 0);
  }

  /** Sends to `below` from now on. */
  attach(below: Transport): void {
    this.below = below;
    this.givingBack = below instanceof SocketTransport ? below : null;
    const [low, high] = below.getWriteBufferLimits();
    this.flow.setLimits({ low, high });
  }

  /** The transport below had paused the program's protocol: it is resumed here. */
  inheritPause(): void {
    this.flow.paused = true;
    this.paused = true;
  }

  /** The handshake is done. */
  open(): void {
    this.isOpen = true;
    this.flush();
  }

  /** @throws what {@link flush} throws */
  write(data: Uint8Array): void {
    const size = data.length;
    if (size === 0) return;
    const kept = this.lent.kept(data);
    if (this.byteCount === 0) this.begin(kept, size);
    else {
      this.backlog.push(kept);
      this.sizes.push(size);
    }
    this.byteCount += size;
    this.flush();
    this.flow.pauseIfFull();
  }

  pause(): void {
    this.paused = true;
    this.flow.pauseIfFull();
  }

  resume(): void {
    this.paused = false;
    this.flush();
    this.flow.resumeIfDrained();
  }

  /** Sends close_notify after what is left. */
  end(): void {
    this.endRequested = true;
    this.flush();
  }

  /** Forgets what is left. */
  discard(): void {
    this.backlog.clear();
    this.sizes.clear();
    this.current = null;
    this.byteCount = 0;
    this.ended = true;
  }

  /** Sends what TLS itself has to say: parts of the handshake, alerts. */
  sendOwn(): void {
    const { below, engine } = this;
    if (below === null || engine.handle < 0) return;
    for (;;) {
      const buffer = takeBuffer();
      const count = engine.drain(buffer, 0, buffer.length);
      if (count === 0) spareBuffer = buffer;
      else this.sendBelow(below, buffer, count);
      if (count < buffer.length) return;
    }
  }

  /** Whether what is written now would only wait. */
  private get isFull(): boolean {
    return this.paused || (!this.isOpen && this.byteCount > this.flow.high);
  }

  /**
   * Encrypts and sends what may go.
   * @throws SSLError; TypeError when the memory of queued bytes has changed
   */
  private flush(): void {
    const { below } = this;
    if (!this.isOpen || this.ended || below === null) return;
    while (this.byteCount > 0 && !this.paused) {
      const buffer = takeBuffer();
      const count = this.encryptInto(buffer);
      if (count === 0) {
        spareBuffer = buffer;
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
      const taken = engine.write(piece, this.offset, Math.min(this.size - this.offset, RECORD_BYTES));
      if (taken === WANT) break;
      this.drop(taken);
      filled += engine.drain(buffer, filled, buffer.length - filled);
    }
    return filled;
  }

  /**
   * The piece to go on with. Several small ones become one: each record costs as much as some hundred bytes.
   */
  private nextPiece(): Uint8Array {
    if (this.current === null) {
      const first = this.shift();
      if (this.backlog.length === 0 || first.length >= RECORD_BYTES) this.begin(first, first.length);
      else this.beginJoined(first);
    }
    const piece = this.current as unknown as Uint8Array;
    if (piece.length !== this.size) throw memoryChanged();
    return piece;
  }

  private beginJoined(first: Uint8Array): void {
    const pieces = [first];
    let total = first.length;
    while (total < RECORD_BYTES && this.backlog.length > 0) {
      const piece = this.shift();
      pieces.push(piece);
      total += piece.length;
    }
    this.begin(Buffer.concat(pieces, total), total);
  }

  private shift(): Uint8Array {
    const piece = this.backlog.shift() as Uint8Array;
    if (piece.length !== this.sizes.shift()) throw memoryChanged();
    return piece;
  }

  private begin(piece: Uint8Array, size: number): void {
    this.current = piece;
    this.size = size;
    this.offset = 0;
  }

  private drop(byteCount: number): void {
    this.byteCount -= byteCount;
    this.offset += byteCount;
    if (this.offset === this.size) this.current = null;
  }

  /** Hands ciphertext down. The buffer is not ours meanwhile: what is called in there may write again. */
  private sendBelow(below: Transport, buffer: Buffer, byteCount: number): void {
    const data = buffer.subarray(0, byteCount);
    const { givingBack } = this;
    if (givingBack === null) {
      spareBuffer = buffer;
      below.write(Buffer.from(data));
      return;
    }
    below.write(data);
    // What it only collects for the loop's batch it has copied.
    if (givingBack.sender === null || givingBack.sender.byteCount === 0) spareBuffer = buffer;
  }
}

function takeBuffer(): Buffer {
  const taken = spareBuffer ?? Buffer.allocUnsafeSlow(CIPHERTEXT_BYTES);
  spareBuffer = null;
  return taken;
}
