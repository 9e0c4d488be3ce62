/** TLS between two queues of bytes: for protocols that have their own idea of I/O, and for tests. */

import { requireBoolean, requireByteCount, requireBytes, requireOptions } from '../base/arguments.ts';
import { TlsEngine, WANT } from './engine.ts';
import { SSLWantReadError } from './errors.ts';
import { MemoryBIO } from './memory-bio.ts';
import { SSLContext } from './ssl-context.ts';
import { SSLInfo } from './ssl-info.ts';

/** How much is read by default; CPython's number. */
const DEFAULT_READ_BYTES = 1024;

/** The largest piece in which ciphertext is moved: a record is no longer. */
const MOVE_BYTES = 17 * 1024;

/** What an {@link SSLObject} is made from, besides its context and BIOs. */
export interface WrapOptions {
  /** Whether this side is the server. Default: false. */
  readonly serverSide?: boolean | undefined;
  /** A client's: the host to name to the server, and whose certificate to expect. */
  readonly serverHostname?: string | null | undefined;
  /** A client's: a session to resume, from {@link SSLInfo.session} of an earlier connection. */
  readonly session?: Uint8Array | undefined;
}

/**
 * TLS without I/O. `ssl.SSLObject` of CPython: what the peer sends is written to `incoming`, what `outgoing`
 * has is to be sent to it.
 *
 *     const tls = new SSLObject(context, incoming, outgoing, { serverHostname: 'example.com' });
 *     try { tls.doHandshake(); } catch (error) { if (!(error instanceof SSLWantReadError)) throw error; }
 *     send(outgoing.read());
 *
 * It holds memory of OpenSSL until {@link close}.
 */
export class SSLObject extends SSLInfo {
  private readonly incoming: MemoryBIO;
  private readonly outgoing: MemoryBIO;
  /** How many bytes at the front of `incoming` the engine has too, and has not looked at. */
  private fedByteCount = 0;
  private endIsFed = false;

  /** @throws TypeError for a client without serverHostname whose context checks it */
  constructor(context: SSLContext, incoming: MemoryBIO, outgoing: MemoryBIO, options: WrapOptions = {}) {
    if (!(incoming instanceof MemoryBIO && outgoing instanceof MemoryBIO)) {
      throw new TypeError('SSLObject: two MemoryBIOs are needed, for incoming and for outgoing bytes');
    }
    if (!(context instanceof SSLContext)) throw new TypeError('SSLObject: an SSLContext is needed');
    requireOptions('SSLObject', 'new SSLObject(context, incoming, outgoing, { serverHostname })', options);
    const { serverSide = false, serverHostname = null, session } = options;
    requireBoolean('SSLObject', 'serverSide', serverSide);
    if (session !== undefined) requireBytes('SSLObject', 'session', session);
    super(new TlsEngine(context, { serverSide, serverHostname, session }));
    this.incoming = incoming;
    this.outgoing = outgoing;
  }

  /**
   * Goes on with the handshake.
   * @throws SSLWantReadError until it is done; SSLError, SSLCertVerificationError when it fails
   */
  doHandshake(): void {
    if (!this.exchange(() => this.engine.handshake())) throw wantRead('handshake', this.engine.peer());
  }

  /**
   * Decrypts up to `byteCount` bytes, into `buffer` where one is given; then the result is how many.
   * @returns what there is; nothing (or 0) when the peer has said that it sends no more
   * @throws SSLWantReadError when there is nothing yet; SSLEOFError when `incoming` has ended without that
   *   word
   */
  read(byteCount?: number): Buffer;
  read(byteCount: number, buffer: Uint8Array): number;
  read(byteCount: number = DEFAULT_READ_BYTES, buffer?: Uint8Array): Buffer | number {
    requireByteCount('SSLObject.read', byteCount, Number.MAX_SAFE_INTEGER);
    if (buffer !== undefined) requireBytes('SSLObject.read', 'buffer', buffer);
    const out = buffer ?? Buffer.alloc(byteCount);
    const wanted = Math.min(byteCount, out.length);
    const count = this.exchange(() => this.engine.read(out, 0, wanted));
    if (count === WANT) throw wantRead('read', this.engine.peer());
    return buffer === undefined ? (out as Buffer).subarray(0, count) : count;
  }

  /**
   * Encrypts `data`. Returns how many bytes of it.
   * @throws SSLWantReadError before the handshake; SSLZeroReturnError after {@link unwrap}
   */
  write(data: Uint8Array): number {
    requireBytes('SSLObject.write', 'data', data);
    const count = this.exchange(() => this.engine.write(data, 0, data.length));
    if (count === WANT) throw wantRead('write', this.engine.peer());
    return count;
  }

  /** How many decrypted bytes wait to be read. */
  pending(): number {
    return this.engine.decryptedByteCount();
  }

  /**
   * Ends TLS: says that this side sends no more, and waits for the peer to say so. What the peer sends after
   * that stays in `incoming`.
   * @throws SSLWantReadError until the peer has; SSLError when it sends something else
   */
  unwrap(): void {
    if (!this.exchange(() => this.engine.shutdown())) throw wantRead('shutdown', this.engine.peer());
  }

  /** Releases the memory that it holds. Closing twice is harmless. */
  close(): void {
    this.engine.close();
  }

  /** As {@link close}: `using tls = new SSLObject(…)`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * Does `act` with all incoming bytes fed, and moves out what it has written, also what it says of its own
   * failure.
   */
  private exchange<T>(act: () => T): T {
    this.feed();
    try {
      return act();
    } finally {
      if (this.engine.handle >= 0) {
        this.takeOut();
        this.drain();
      }
    }
  }

  private feed(): void {
    const { engine, incoming } = this;
    const data = incoming.peek(this.fedByteCount);
    if (data.length > 0) engine.feed(data, 0, data.length);
    this.fedByteCount = incoming.pending;
    if (!incoming.isEnded || this.endIsFed) return;
    engine.feedEnd();
    this.endIsFed = true;
  }

  /**
   * Takes out of `incoming` what the engine has looked at. What follows the peer's last word of TLS it never
   * does: that stays, for who goes on without TLS.
   */
  private takeOut(): void {
    const unreadByteCount = this.engine.unreadByteCount();
    this.incoming.read(Math.max(0, this.fedByteCount - unreadByteCount));
    this.fedByteCount = unreadByteCount;
  }

  private drain(): void {
    const { engine, outgoing } = this;
    for (let left = engine.undrainedByteCount(); left > 0; ) {
      const out = Buffer.alloc(Math.min(left, MOVE_BYTES));
      const count = engine.drain(out, 0, out.length);
      outgoing.write(out.subarray(0, count));
      left -= count;
    }
  }
}

function wantRead(call: string, peer: string): SSLWantReadError {
  const reason = 'more bytes of the peer are needed first';
  const fields = { code: 'ERR_SSL_WANT_READ', errno: 0, syscall: call, reason };
  return new SSLWantReadError(`${call} ${fields.code} ${peer} (${reason})`, fields);
}
