/**
 * Waiting for room to write.
 *
 * | state     | next()                                                                               |
 * |-----------|--------------------------------------------------------------------------------------|
 * | created   | throws on a broken stream; suspends once on a closing transport; else done, or waits |
 * | suspended | the transport has had a pass to call connectionLost: done, or throws                 |
 * | waiting   | until the protocol is resumed, or the connection is lost                             |
 */

import {
  type Awaitable,
  CHECKPOINT,
  LeafCoroutine,
  PROBE,
  type Suspension,
} from '../coroutines/coroutine.ts';
import { recordProbe } from '../coroutines/probe.ts';
import type { Future } from '../futures/future.ts';
import type { Transport } from '../transports/transport.ts';
import type { ByteBuffer } from './byte-buffer.ts';

/** What a writer needs of the protocol behind it: {@link StreamReaderProtocol}, or one's own. */
export interface WriterProtocol {
  /** Whether the transport has asked for a pause. */
  readonly paused: boolean;
  /** A future for room; `null` when there is. @throws OSError when the connection is lost */
  waitForRoom(): Future<void> | null;
  /** A future for the end of the connection. */
  waitForEnd(): Awaitable<void>;
  /** Whether it serves a connection that a server has accepted. */
  readonly isServerSide?: boolean;
}

/** What a writer needs of the reader beside it: what broke the stream. */
export interface WriterReader {
  exception(): Error | null;
  /** How many bytes wait to be read. */
  readonly unreadByteCount?: number;
  /** @internal The bytes that wait to be read, which TLS may take over. */
  readonly buffer?: ByteBuffer;
  /** The bytes come from another transport from now on. */
  replaceTransport?(transport: Transport): void;
}

const DONE: IteratorResult<Suspension, void> = Object.freeze({ done: true, value: undefined });
const SUSPENDED: IteratorResult<Suspension, void> = Object.freeze({ done: false, value: CHECKPOINT });

/** The iterator of a result that need not be waited for. It has no state, so one serves all. */
export const FLOWING: Iterator<Suspension, void, unknown> = Object.freeze({ next: () => DONE });

/**
 * What a write returns: awaiting it waits for room. It has no state of its own, so one serves all writes of a
 * writer.
 */
export class WriteResult implements Awaitable<void> {
  /** Another one after TLS has begun. */
  transport: Transport;
  readonly protocol: WriterProtocol;
  readonly reader: WriterReader | null;

  constructor(transport: Transport, protocol: WriterProtocol, reader: WriterReader | null) {
    this.transport = transport;
    this.protocol = protocol;
    this.reader = reader;
  }

  [Symbol.iterator](): Iterator<Suspension, void, unknown> {
    const isFlowing = !this.protocol.paused && !this.transport.isClosing() && this.brokenBy() === null;
    return isFlowing ? FLOWING : new Drain(this);
  }

  /** What broke the stream, or `null`. */
  brokenBy(): Error | null {
    return this.reader === null ? null : this.reader.exception();
  }
}

export class Drain extends LeafCoroutine<void> {
  private readonly stream: WriteResult;
  private suspended = false;
  private waiter: Future<void> | null = null;

  constructor(stream: WriteResult) {
    super();
    this.stream = stream;
  }

  next(sent?: unknown): IteratorResult<Suspension, void> {
    const { waiter, stream } = this;
    if (waiter !== null) return waiter.next(sent);
    if (sent === PROBE) {
      recordProbe();
      return SUSPENDED;
    }
    if (!this.suspended) {
      const error = stream.brokenBy();
      if (error !== null) throw error;
      // Without this, a loop of writes would never let connectionLost be called, and so never hear of it.
      if (stream.transport.isClosing()) {
        this.suspended = true;
        return SUSPENDED;
      }
    }
    this.waiter = stream.protocol.waitForRoom();
    return this.waiter === null ? DONE : this.waiter.next();
  }

  override throw(error: unknown): IteratorResult<Suspension, void> {
    if (this.waiter !== null) return this.waiter.throw(error);
    throw error;
  }

  override return(): IteratorResult<Suspension, void> {
    this.waiter?.return();
    return DONE;
  }
}
