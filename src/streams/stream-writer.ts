/** The sending end of a stream for coroutines. */

import { requireOptions } from '../base/arguments.ts';
import { RuntimeError } from '../base/errors.ts';
import type { Awaitable, Coroutine } from '../coroutines/coroutine.ts';
import { runningLoop } from '../loop/current-loop.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { spawn } from '../tasks/create-task.ts';
import type { SSLContext } from '../tls/ssl-context.ts';
import type { ExtraInfo } from '../transports/base.ts';
import { requireOptionKinds } from '../transports/option-kinds.ts';
import type { StreamProtocol } from '../transports/protocol.ts';
import { startTls } from '../transports/tls/start-tls.ts';
import type { StartTlsOptions } from '../transports/tls/tls-options.ts';
import type { Transport } from '../transports/transport.ts';
import { Drain, WriteResult, type WriterProtocol, type WriterReader } from './drain.ts';

/** Options of {@link StreamWriter.startTls}. */
export interface StreamTlsOptions extends Omit<StartTlsOptions, 'received'> {
  /**
   * Hand the bytes that the reader still holds to TLS, as its first ones: for a header in clear before it,
   * such as that of the PROXY protocol, which arrives in one segment with the first bytes of TLS. With false
   * they are refused. By default a server takes them if they begin a client's handshake, and all others are
   * refused: plain bytes that somebody has injected before TLS would end the handshake at best.
   */
  readonly takeUnread?: boolean | undefined;
}

/** How a client begins TLS: a handshake record, of any version since SSL 3 (RFC 8446, 5.1). */
const HANDSHAKE_RECORD = Buffer.of(22, 3);

/**
 * Writes to a stream. `asyncio.StreamWriter` of CPython 3.13; `openConnection` and `startServer` make them.
 *
 *     yield* writer.write(data);      // sends, and waits while the peer is slower than this program
 *     writer.write(data);             // the same without waiting; then now and then: yield* writer.drain()
 *     writer.close();                 // sends what is left, then closes
 */
export class StreamWriter {
  private readonly loop: LoopCore;
  private readonly result: WriteResult;

  constructor(
    transport: Transport,
    protocol: WriterProtocol,
    reader: WriterReader | null,
    loop: LoopCore = runningLoop('new StreamWriter()'),
  ) {
    this.result = new WriteResult(transport, protocol, reader);
    this.loop = loop;
  }

  /** The transport it writes to; another one after {@link startTls}. */
  get transport(): Transport {
    return this.result.transport;
  }

  /**
   * Sends `data`, now or as the peer reads.
   * @param data not copied: it must not change any more
   * @returns something to await, with `yield*`, until there is room for more: see {@link drain}. It need not
   *   be awaited
   * @throws TypeError for anything but bytes; RuntimeError after {@link writeEof}
   */
  write(data: Uint8Array): Awaitable<void> {
    this.transport.write(data);
    return this.result;
  }

  /** {@link write} for a list of Buffers, in as few system calls as possible. */
  writeLines(list: Iterable<Uint8Array>): Awaitable<void> {
    this.transport.writeLines(list);
    return this.result;
  }

  /**
   * Sends `data` if there is room: for data that a slow peer can do without.
   * @returns false, and nothing is sent, while the peer is too slow, or when this is closing
   */
  tryWrite(data: Uint8Array): boolean {
    if (this.result.protocol.paused || this.transport.isClosing()) return false;
    this.transport.write(data);
    return true;
  }

  /** Sends the end of the stream after what is left; reading goes on. */
  writeEof(): void {
    this.transport.writeEof();
  }

  /** Whether {@link writeEof} works here. */
  canWriteEof(): boolean {
    return this.transport.canWriteEof();
  }

  /**
   * Waits until there is room for more: at once while less than the high-water mark of bytes is unsent, else
   * until no more than the low-water mark is.
   * @throws what broke the stream; OSError with code ECONNRESET when it is closed
   */
  drain(): Coroutine<void> {
    return new Drain(this.result);
  }

  /**
   * Sends what is left, then closes, for reading too. Does not wait: see {@link waitClosed}. Closing twice is
   * harmless.
   */
  close(): void {
    this.transport.close();
  }

  /** Waits until the connection is closed. @throws what broke it */
  *waitClosed(): Coroutine<void> {
    yield* this.result.protocol.waitForEnd();
  }

  /** Whether it is closed, or is being. */
  isClosing(): boolean {
    return this.transport.isClosing();
  }

  /**
   * Begins to encrypt, in both directions: STARTTLS. `StreamWriter.start_tls` of CPython 3.13.
   *
   *     yield* writer.startTls(new SSLContext(), { serverHostname: 'mail.example.com' });
   *
   * Bytes that the reader still holds came before TLS. They are never read as if the peer had said them over
   * TLS: see {@link StreamTlsOptions.takeUnread}.
   *
   * @param context as a server, one with a certificate
   * @param options `serverSide`: default: whether a server has accepted the connection
   * @throws RuntimeError for bytes in the reader that are not to be taken; SSLError, TimeoutError when the
   *   handshake fails
   */
  *startTls(context: SSLContext, options: StreamTlsOptions = {}): Coroutine<void> {
    requireOptions('startTls', "startTls(context, { serverHostname: 'example.com' })", options);
    requireOptionKinds('startTls', options);
    yield* this.drain();
    const { takeUnread, ...rest } = options;
    const serverSide = options.serverSide ?? this.result.protocol.isServerSide ?? false;
    const received = this.takeUnread(takeUnread ?? (serverSide && this.holdsHandshake()));
    const protocol = this.transport.getProtocol() as StreamProtocol;
    const tls = { ...rest, serverSide, received };
    try {
      this.result.transport = yield* startTls(this.loop, this.transport, protocol, context, tls);
    } catch (error) {
      // Refused before it began: the connection goes on, and so does what was read from it.
      if (received !== undefined && !this.transport.isClosing()) this.result.reader?.buffer?.append(received);
      throw error;
    }
    this.result.reader?.replaceTransport?.(this.result.transport);
  }

  /** As {@link BaseTransport.getExtraInfo}: `peername`, `sockname`, `socket`. */
  getExtraInfo<K extends keyof ExtraInfo>(name: K): ExtraInfo[K] | null;
  getExtraInfo(name: string, fallback?: unknown): unknown;
  getExtraInfo(name: string, fallback?: unknown): unknown {
    return this.transport.getExtraInfo(name, fallback);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** `await using writer = …` in async code of a guest: closes, and waits until what is left is sent. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await spawn(this.loop, this.waitClosed());
  }

  /** Whether what the reader holds is how a client begins TLS. */
  private holdsHandshake(): boolean {
    const buffer = this.result.reader?.buffer;
    if (buffer === undefined) return false;
    return buffer.indexOf(HANDSHAKE_RECORD.subarray(0, Math.max(1, Math.min(2, buffer.length))), 0) === 0;
  }

  /** Takes what the reader holds, `undefined` for nothing. @throws RuntimeError if it must not be taken */
  private takeUnread(mayTake: boolean): Buffer | undefined {
    const unread = this.result.reader?.unreadByteCount ?? 0;
    if (unread === 0) return undefined;
    const buffer = this.result.reader?.buffer;
    if (mayTake && buffer !== undefined) return buffer.take(unread);
    throw new RuntimeError(`startTls: ${unread} bytes that were received before TLS have not been read`);
  }

  /** The loop it belongs to. */
  getLoop(): LoopCore {
    return this.loop;
  }

  toString(): string {
    return `<StreamWriter ${this.transport}>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}
