/**
 * TLS without a socket: the peer's bytes go in, bytes for the peer come out. Transports and {@link SSLObject}
 * are made of it. It never waits.
 *
 * | state       | entered by                  | handshake | read, write          | shutdown |
 * |-------------|-----------------------------|-----------|----------------------|----------|
 * | handshaking | construction                | goes on   | WANT                 | nothing  |
 * | open        | handshake() returns true    | true      | yes                  | yes      |
 * | failed      | an error, of any call       | throws it | throw it             | throws it|
 * | closed      | close()                     | throws    | throw                | throws   |
 *
 * Shutting down has two directions: after shutdown() this side writes no more; after read() has returned 0
 * the peer sends no more.
 */

import { ClosedResourceError } from '../base/errors.ts';
import { EAGAIN, EBADF, EINPROGRESS, EPIPE, EPROTO } from '../kernel/errno.ts';
import { CONNECTION_NUMBER, CONNECTION_TEXT, nativeTls, textOf } from '../kernel/native-tls.ts';
import type { TlsCalls } from '../kernel/tls-calls.ts';
import { SSLZeroReturnError } from './errors.ts';
import { handshakeFailure, tlsFailure, verificationFailure } from './failure.ts';
import { hostIdentity } from './host-name.ts';
import type { SSLContext } from './ssl-context.ts';

/** From {@link TlsEngine.read} and {@link TlsEngine.write}: the peer's next bytes are needed first. */
export const WANT = -1;

/** What a connection is made from, besides its context. */
export interface TlsRole {
  /** Whether this side is the server. */
  readonly serverSide: boolean;
  /** A client's: the host to name and to check, `null` for none. */
  readonly serverHostname: string | null;
  /** A client's: a session to resume, from {@link SSLInfo.session}. */
  readonly session?: Uint8Array | undefined;
}

export class TlsEngine {
  readonly context: SSLContext;
  readonly serverSide: boolean;
  readonly serverHostname: string | null;
  /** Whether the handshake is done. */
  established = false;
  private readonly tls: TlsCalls = nativeTls();
  private readonly pending = new Int32Array(3);
  private handleOrNone: number;

  /**
   * @throws TypeError if the host is not a valid name or address; SSLError for a session that cannot be read
   */
  constructor(context: SSLContext, role: TlsRole) {
    this.context = context;
    this.serverSide = role.serverSide;
    this.serverHostname = role.serverSide ? null : role.serverHostname;
    const verification = context.verification(role.serverSide);
    const handle = this.tls.tlsOpen(context.handle, role.serverSide, verification);
    if (handle < 0) throw tlsFailure(handle, 'new connection', this.peer());
    this.handleOrNone = handle;
    try {
      if (!role.serverSide) this.prepareClient(role);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** The addon's handle, -1 when closed. */
  get handle(): number {
    return this.handleOrNone;
  }

  /**
   * Continues the handshake. Drain and send what it has written, whatever it returns.
   * @returns whether it is done
   * @throws SSLError and its kinds
   */
  handshake(): boolean {
    if (this.established) return true;
    for (;;) {
      const result = this.tls.tlsHandshake(this.handleOrNone);
      if (result >= 0) {
        this.refuseUnverifiedSession();
        this.established = true;
        return true;
      }
      if (result === -EAGAIN) return false;
      if (result !== -EINPROGRESS) throw this.failure(result, 'handshake');
      this.chooseContext();
    }
  }

  /** Takes bytes of the peer. */
  feed(data: Uint8Array, offset: number, byteCount: number): void {
    this.check(this.tls.tlsFeed(this.handleOrNone, data, offset, byteCount), 'feed');
  }

  /** The peer's bytes have ended. */
  feedEnd(): void {
    this.check(this.tls.tlsFeedEnd(this.handleOrNone), 'feed');
  }

  /** Writes bytes for the peer to `out`. Returns how many. */
  drain(out: Uint8Array, offset: number, byteCount: number): number {
    return this.check(this.tls.tlsDrain(this.handleOrNone, out, offset, byteCount), 'drain');
  }

  /**
   * Writes plaintext to `out`, as much as there is.
   * @returns how many bytes; 0: the peer has said that it sends no more; {@link WANT}
   * @throws SSLError; SSLEOFError when the peer's bytes ended without that word
   */
  read(out: Uint8Array, offset: number, byteCount: number): number {
    const result = this.tls.tlsRead(this.handleOrNone, out, offset, byteCount);
    if (result >= 0) return result;
    return result === -EAGAIN ? WANT : this.fail(result, 'read');
  }

  /**
   * Encrypts plaintext, for {@link drain}.
   * @returns how many bytes were taken; {@link WANT}
   * @throws SSLError; SSLZeroReturnError after {@link shutdown}
   */
  write(data: Uint8Array, offset: number, byteCount: number): number {
    const result = this.tls.tlsWrite(this.handleOrNone, data, offset, byteCount);
    if (result >= 0) return result;
    if (result === -EAGAIN) return WANT;
    if (result === -EPIPE) throw afterShutdown(this.peer());
    return this.fail(result, 'write');
  }

  /** Says that this side sends no more. Returns whether the peer has said so too. */
  shutdown(): boolean {
    const result = this.tls.tlsShutdown(this.handleOrNone);
    if (result >= 0) return result === 1;
    return result === -EAGAIN ? false : this.fail(result, 'shutdown') === 1;
  }

  /** How many bytes {@link drain} would give. */
  undrainedByteCount(): number {
    return this.ask(0);
  }

  /** How many bytes were fed and not looked at. */
  unreadByteCount(): number {
    return this.ask(1);
  }

  /** How much plaintext can be read without further bytes. */
  decryptedByteCount(): number {
    return this.ask(2);
  }

  /** Releases it. Closing twice is harmless. */
  close(): void {
    const handle = this.handleOrNone;
    this.handleOrNone = -1;
    if (handle >= 0) this.tls.tlsClose(handle);
  }

  /** The peer, for messages. */
  peer(): string {
    if (this.serverSide) return 'with a client';
    return this.serverHostname === null ? 'with a server' : `with ${this.serverHostname}`;
  }

  private prepareClient(role: TlsRole): void {
    const { options } = this.context;
    const checks = (options.checkHostname ?? true) && (options.rejectUnauthorized ?? true);
    if (role.serverHostname !== null) {
      const host = hostIdentity(role.serverHostname);
      const checked = (options.checkHostname ?? true) ? host.checked : '';
      const result = this.tls.tlsSetHost(
        this.handleOrNone,
        Buffer.from(host.sent),
        Buffer.from(checked),
        host.isAddress,
        options.hostnameChecksCommonName ?? false,
      );
      this.check(result, 'serverHostname');
    } else if (checks) {
      throw new TypeError(
        'serverHostname is needed: whose certificate to expect. An SSLContext with checkHostname: false takes any host that a trusted authority knows.',
      );
    }
    if (role.session !== undefined)
      this.check(this.tls.tlsSetSession(this.handleOrNone, role.session), 'session');
  }

  /**
   * A resumed session brings its certificate and the result of its verification along; they are not looked at
   * again.
   */
  private refuseUnverifiedSession(): void {
    if (this.serverSide || !(this.context.options.rejectUnauthorized ?? true)) return;
    const result = this.tls.tlsNumber(this.handleOrNone, CONNECTION_NUMBER.VERIFY_RESULT);
    if (result !== 0) throw verificationFailure(this.handleOrNone, result, this.peer());
  }

  private chooseContext(): void {
    const name = textOf((out) => this.tls.tlsText(this.handleOrNone, CONNECTION_TEXT.SERVER_NAME, out));
    const chosen = this.context.contextFor(name);
    const context = chosen === this.context ? -1 : chosen.handle;
    this.check(this.tls.tlsChooseContext(this.handleOrNone, context, chosen.verification(true)), 'handshake');
  }

  private ask(index: number): number {
    this.check(this.tls.tlsPending(this.handleOrNone, this.pending), 'pending');
    return this.pending[index] as number;
  }

  private check(result: number, call: string): number {
    return result >= 0 ? result : this.fail(result, call);
  }

  private fail(result: number, call: string): never {
    throw this.failure(result, call);
  }

  private failure(result: number, call: string): Error {
    if (result === -EBADF)
      return new ClosedResourceError(`${call}: the TLS connection ${this.peer()} is closed`);
    // Reading and writing shake hands first, where that is not done.
    if (result === -EPROTO && !this.established && !isPreparation(call)) {
      return handshakeFailure(result, this.handleOrNone, this.peer());
    }
    return tlsFailure(result, call, this.peer());
  }
}

function isPreparation(call: string): boolean {
  return call === 'session' || call === 'serverHostname';
}

function afterShutdown(peer: string): Error {
  const reason = 'this side has already said that it sends no more';
  const fields = { code: 'ERR_SSL_PROTOCOL_IS_SHUTDOWN', errno: -EPIPE, syscall: 'write', reason };
  return new SSLZeroReturnError(`write ${fields.code} ${peer} (${reason})`, fields);
}
