/** `loop.sendfile`: a file through a transport, whatever kind it is. */

import { requireBoolean, requireOptions } from '../base/arguments.ts';
import { ClosedResourceError, RuntimeError, SendfileNotAvailableError } from '../base/errors.ts';
import type { Coroutine } from '../coroutines/coroutine.ts';
import { describeValue } from '../coroutines/misuse.ts';
import { Future } from '../futures/future.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { type FileInput, FileSource, type SendfileOptions } from '../sockets/file-source.ts';
import { requireAnswer } from './async-callback.ts';
import type { BaseProtocol, BaseTransport } from './base.ts';
import {
  isBufferedProtocol,
  Protocol,
  type StreamProtocol,
  type TakesLastBytes,
  takesLastBytes,
} from './protocol.ts';
import { bufferOf } from './protocol-buffer.ts';
import { SocketTransport } from './socket-transport.ts';
import { fileIsBeingSent } from './stream-sender.ts';
import type { WriteTransport } from './transport.ts';

/** The implementation of `loop.sendfile`. */
export function* sendFile(
  loop: LoopCore,
  transport: WriteTransport,
  file: FileInput,
  offset = 0,
  byteCount: number | null = null,
  options: SendfileOptions = {},
): Coroutine<number> {
  loop.checkUsable('sendfile');
  requireOptions('sendfile', 'sendfile(transport, file, 0, null, { fallback: false })', options);
  const mayCopy = options.fallback ?? true;
  requireBoolean('sendfile', 'fallback', mayCopy);
  if (typeof transport?.write !== 'function') {
    throw new TypeError(`sendfile: a transport that writes is needed, got ${describeValue(transport)}`);
  }
  if (transport.isClosing()) throw new RuntimeError(`sendfile: ${transport} is closing`);
  if (transport.getProtocol() instanceof StandIn) throw fileIsBeingSent('sendfile');
  const source = new FileSource('sendfile', file, offset, byteCount, mayCopy);
  if (transport instanceof SocketTransport) return yield* transport.sendFile(source);
  if (mayCopy) return yield* copy(loop, transport, source);
  throw new SendfileNotAvailableError(`sendfile: the system cannot send a file through ${transport}`);
}

/** Reads and writes, piece by piece, as the transport has room. */
function* copy(loop: LoopCore, transport: WriteTransport, source: FileSource): Coroutine<number> {
  const stand = new StandIn(loop, transport);
  try {
    for (let piece = source.read(); piece.length > 0; piece = source.read()) {
      yield* stand.room();
      transport.write(piece);
    }
    yield* stand.room();
    return source.sentByteCount;
  } finally {
    stand.leave();
  }
}

/**
 * Stands in for a transport's protocol while a file is copied, to hear when there is room. The protocol hears
 * afterwards what has changed for it. What is received meanwhile is the protocol's. (asyncio stops receiving:
 * a peer that answers while it reads, and is not read, then stops reading.)
 */
class StandIn extends Protocol implements TakesLastBytes {
  private readonly loop: LoopCore;
  private readonly transport: BaseTransport;
  private readonly protocol: BaseProtocol;
  /** The last call to the protocol, and the state now. */
  private readonly toldPaused: boolean;
  private paused: boolean;
  private lost = false;
  /** Whether the stream has ended, and the protocol wants no more: what is left is sent first. */
  private closesAfter = false;
  private waiter: Future<void> | null = null;

  constructor(loop: LoopCore, transport: WriteTransport) {
    super();
    const { flow } = transport as { flow?: { readonly paused: boolean } };
    this.loop = loop;
    this.transport = transport;
    this.protocol = transport.getProtocol();
    this.toldPaused = flow?.paused ?? false;
    this.paused = this.toldPaused;
    transport.setProtocol(this);
  }

  *room(): Coroutine<void> {
    if (!this.paused && !this.lost && !this.transport.isClosing()) return;
    if (this.lost || !this.paused) throw closedEarly(this.transport);
    this.waiter = new Future<void>({ loop: this.loop });
    yield* this.waiter;
  }

  leave(): void {
    if (this.lost) return;
    this.transport.setProtocol(this.protocol);
    if (this.closesAfter) this.transport.close();
    if (this.paused === this.toldPaused) return;
    if (this.paused) this.protocol.pauseWriting();
    else this.protocol.resumeWriting();
  }

  /** As the protocol does, which gets them. */
  get takesLastBytes(): boolean {
    return takesLastBytes(this.protocol);
  }

  /** Returns what the protocol does: the errors of an async function have their reader there. */
  override dataReceived(data: Buffer): undefined {
    const { protocol } = this;
    if (!isBufferedProtocol(protocol)) return (protocol as Protocol).dataReceived(data) as undefined;
    for (let rest = data; rest.length > 0; ) {
      const room = bufferOf(protocol);
      const byteCount = rest.copy(room);
      this.loop.io.arena.lent.tellOf(room, byteCount, protocol);
      rest = rest.subarray(byteCount);
    }
    return undefined;
  }

  override eofReceived(): boolean {
    this.closesAfter = !requireAnswer((this.protocol as StreamProtocol).eofReceived());
    return true;
  }

  override pauseWriting(): void {
    this.paused = true;
  }

  override resumeWriting(): void {
    this.paused = false;
    if (this.waiter?.done() === false) this.waiter.setResult();
  }

  override connectionLost(error: Error | null): void {
    this.lost = true;
    this.transport.setProtocol(this.protocol);
    if (this.waiter?.done() === false) this.waiter.setException(error ?? closedEarly(this.transport));
    this.protocol.connectionLost(error);
  }
}

function closedEarly(transport: BaseTransport): ClosedResourceError {
  return new ClosedResourceError(`sendfile: ${transport} was closed before the end of the file`);
}
