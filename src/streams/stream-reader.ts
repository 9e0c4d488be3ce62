/**
 * The receiving end of a stream for coroutines.
 *
 * A transport's protocol feeds it, one coroutine reads. When more than twice the limit waits to be read, the
 * transport is paused, and so in the end the peer. It is resumed when no more than the limit is left, or when
 * a coroutine waits for more than there is.
 */

import { inspect } from 'node:util';
import { requireBytes } from '../base/arguments.ts';
import { RuntimeError } from '../base/errors.ts';
import { awaitableOf, checkBody } from '../cancellation/await-body.ts';
import type { Coroutine } from '../coroutines/coroutine.ts';
import { describeValue } from '../coroutines/misuse.ts';
import { runningLoop } from '../loop/current-loop.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { BaseTransport } from '../transports/base.ts';
import type { ByteBuffer } from './byte-buffer.ts';
import { ReadLent } from './read-lent.ts';
import { DEFAULT_LIMIT_BYTES, ReadSource } from './read-source.ts';
import { NEWLINE, ReadAll, ReadExactly, ReadLine, ReadSome, ReadUntil } from './reads.ts';

/** Options of {@link StreamReader}. */
export interface StreamReaderOptions {
  /**
   * The longest line, in bytes, and half of what is held before the sender is slowed down. Default: 64 KiB.
   */
  readonly limit?: number | undefined;
  /** Default: the running loop. */
  readonly loop?: LoopCore | undefined;
}

/**
 * Reads from a stream. `asyncio.StreamReader` of CPython 3.13; `openConnection` and `startServer` make them.
 *
 *     const line = yield* reader.readLine();
 *     if (line.length === 0) return;          // the end
 *
 * What is read belongs to the caller; it may share its memory with other messages, as Node's small Buffers
 * do, so copy what you keep for long. One coroutine at a time may wait. Each operation begins when it is
 * awaited. One that is cancelled, timed out or failed takes nothing, unless it says so.
 */
export class StreamReader {
  /** @internal */
  readonly source: ReadSource;

  /** @throws RangeError for a limit that is not positive; RuntimeError without a loop, given or running */
  constructor(options: StreamReaderOptions = {}) {
    const limit = options.limit ?? DEFAULT_LIMIT_BYTES;
    if (!(typeof limit === 'number' && limit > 0)) {
      throw new RangeError(`StreamReader: limit must be positive, got ${inspect(limit)}`);
    }
    this.source = new ReadSource(limit, options.loop ?? runningLoop('new StreamReader()'));
  }

  /**
   * Up to `byteCount` bytes, as soon as there are any; an empty Buffer at the end of the stream.
   * @param byteCount negative, or left out: all bytes to the end of the stream
   * @throws what broke the stream, such as an OSError with code ECONNRESET; with a count, after the bytes
   *   that came before
   */
  read(byteCount = -1): Coroutine<Buffer> {
    requireWhole(byteCount, 'read');
    return asCoroutine(byteCount < 0 ? new ReadAll(this.source) : new ReadSome(this.source, byteCount));
  }

  /**
   * Like {@link read} with a count, but large messages come in memory that the loop lends. The bytes are
   * yours until your coroutine awaits again, whatever it awaits; then the loop reuses the memory. You may
   * write them to a stream: what cannot be sent at once is copied. Copy what you keep (`Buffer.from(data)`).
   * In debug mode the memory is overwritten when the loan ends. Small messages, TLS and pipes are not lent:
   * their bytes are yours, as from `read`. Not in asyncio.
   *
   *     const data = yield* reader.readLent(100_000);
   *     yield* writer.write(data);
   *
   * @param byteCount at least 1; no more than 256 KiB are received at a time
   * @throws what broke the stream; RuntimeError when it is to be a task of its own
   */
  readLent(byteCount: number): Coroutine<Buffer> {
    requireWhole(byteCount, 'readLent');
    if (byteCount < 1) throw new RangeError(`readLent: byteCount must be positive, got ${byteCount}`);
    return asCoroutine(new ReadLent(this.source, byteCount));
  }

  /**
   * Exactly `byteCount` bytes.
   * @throws IncompleteReadError when the stream ends before, with what there was; what broke the stream
   */
  readExactly(byteCount: number): Coroutine<Buffer> {
    requireWhole(byteCount, 'readExactly');
    if (byteCount < 0) throw new RangeError(`readExactly: byteCount must not be negative, got ${byteCount}`);
    return asCoroutine(new ReadExactly(this.source, byteCount));
  }

  /**
   * A line, its `\n` included. At the end of the stream, what is left, perhaps nothing.
   * @throws LimitOverrunError for a line longer than the limit, of which what has come is dropped; what broke
   *   the stream
   */
  readLine(): Coroutine<Buffer> {
    return asCoroutine(new ReadLine(this.source));
  }

  /**
   * All bytes up to a separator and the separator itself; of several separators, up to the one that ends
   * first.
   * @param separator bytes, or a list of them. Default: `\n`
   * @throws IncompleteReadError when the stream ends before; LimitOverrunError when more than the limit comes
   *   without one, and the bytes stay; what broke the stream
   */
  readUntil(separator: Uint8Array | readonly Uint8Array[] = NEWLINE): Coroutine<Buffer> {
    return asCoroutine(new ReadUntil(this.source, checkedSeparators(separator)));
  }

  /**
   * Calls `body` with each line, its `\n` included, to the end of the stream. Python's `async for line in
   * reader`; to leave early, loop over {@link readLine} instead.
   *
   *     yield* reader.lines(function* (line) {
   *       yield* writer.write(line);
   *     });
   *
   * @param body a coroutine function, or a plain one
   * @throws what {@link readLine} and `body` throw
   */
  *lines(body: (line: Buffer) => unknown): Coroutine<void> {
    checkBody(body, 'lines');
    for (let line = yield* this.readLine(); line.length > 0; line = yield* this.readLine()) {
      const awaitable = awaitableOf(body(line), 'lines');
      if (awaitable !== null) yield* awaitable;
    }
  }

  /** @internal The bytes that wait to be read. */
  get buffer(): ByteBuffer {
    return this.source.buffer;
  }

  /** @internal What feeds it, since connectionMade; another one after TLS has begun. */
  get transport(): BaseTransport | null {
    return this.source.transport;
  }

  /** @internal */
  set transport(transport: BaseTransport | null) {
    this.source.transport = transport;
  }

  /** Whether all bytes have been read and no more will come. */
  atEof(): boolean {
    return this.source.eof && this.source.buffer.length === 0;
  }

  /** What broke the stream, or `null`. */
  exception(): Error | null {
    return this.source.error;
  }

  /**
   * Breaks the stream: reading throws `error` when the bytes that came before have been read. For protocols.
   * (In asyncio those bytes are lost.)
   */
  setException(error: Error): void {
    this.source.setException(error);
  }

  /**
   * Adds bytes; they are the reader's from now on. For protocols.
   * @throws TypeError for text; RuntimeError after {@link feedEof}
   */
  feedData(data: Uint8Array): void {
    this.source.feedData(requireBytes('StreamReader.feedData', 'data', data));
  }

  /** Ends the stream: no more bytes will come. For protocols. */
  feedEof(): void {
    this.source.feedEof();
  }

  /**
   * Sets the transport that is to be paused when bytes are not read. For protocols.
   * @throws RuntimeError if one is set
   */
  setTransport(transport: BaseTransport): void {
    if (this.source.transport !== null)
      throw new RuntimeError('setTransport: the reader has a transport already');
    this.source.transport = transport;
  }

  /** @internal After TLS has begun: the new transport reads, whether the one below was paused or not. */
  replaceTransport(transport: BaseTransport): void {
    this.source.replaceTransport(transport);
  }

  /**
   * How many received bytes have not been read. If it is 0, the next read waits, except at the end of the
   * stream. If it is more, a read may still wait: the bytes may be the beginning of a line. (Not in asyncio.)
   */
  get unreadByteCount(): number {
    return this.source.buffer.length;
  }

  toString(): string {
    return this.source.toString();
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

/** A leaf operation is all that a coroutine is asked to be: it can be awaited, and made a task of. */
function asCoroutine(read: ReadSome | ReadAll | ReadExactly | ReadUntil): Coroutine<Buffer> {
  return read;
}

function requireWhole(byteCount: number, call: string): void {
  if (Number.isInteger(byteCount)) return;
  throw new TypeError(`${call}: byteCount must be a whole number, got ${describeValue(byteCount)}`);
}

/** Shortest first: of two separators that end at the same place it is the shorter one that matches. */
function checkedSeparators(separator: Uint8Array | readonly Uint8Array[]): readonly Uint8Array[] {
  const list = separator instanceof Uint8Array ? [separator] : [...separator];
  for (const each of list) {
    if (!(each instanceof Uint8Array)) {
      throw new TypeError(
        `readUntil: a separator must be a Uint8Array, got ${describeValue(each)}. For text write Buffer.from(text).`,
      );
    }
    if (each.length === 0) throw new RangeError('readUntil: a separator must have at least one byte');
  }
  if (list.length === 0) throw new RangeError('readUntil: the list of separators is empty');
  return list.sort((a, b) => a.length - b.length);
}
