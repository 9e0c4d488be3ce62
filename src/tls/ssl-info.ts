/** What is known of a TLS connection: certificates, cipher, protocol, session. */

import type { PeerCertificate } from 'node:tls';
import { nodeModules } from '../base/node-modules.ts';
import {
  bytesOf,
  CONNECTION_BYTES,
  CONNECTION_NUMBER,
  CONNECTION_TEXT,
  nativeTls,
  textOf,
} from '../kernel/native-tls.ts';
import type { TlsEngine } from './engine.ts';
import type { SSLContext } from './ssl-context.ts';
import { verifyCodeName } from './verify-codes.ts';

type Cipher = [name: string, version: string, bits: number];

/** How long keying material may be in one piece; arbitrary. */
const EXPORT_BYTES_MAX = 65_536;

/**
 * What is known of a TLS connection; `getExtraInfo('sslObject')` of its transport. The asking half of
 * CPython's `ssl.SSLObject`. Before the handshake is done, and after the connection has been released, there
 * are no answers: `null`. Of a transport's connection the cipher and the peer's certificate stay known.
 */
export class SSLInfo {
  protected readonly engine: TlsEngine;
  /** What is known without the engine. */
  private kept: { readonly cipher: Cipher | null; readonly certificate: Buffer | null } | null = null;

  /** @internal */
  constructor(engine: TlsEngine) {
    this.engine = engine;
  }

  /** @internal The engine is about to be released, and asyncio's transports know these two after it. */
  keepAnswers(): void {
    if (!this.engine.established) return;
    this.kept ??= { cipher: this.cipher(), certificate: this.getpeercert(true) };
  }

  /** The context that it was made from. A server that chose another one by name: still the first. */
  get context(): SSLContext {
    return this.engine.context;
  }

  /** Whether this side is the server. */
  get serverSide(): boolean {
    return this.engine.serverSide;
  }

  /** A client's: the host that was asked for. A server's: the name that the client sent. `null` for none. */
  get serverHostname(): string | null {
    return this.serverSide ? this.text(CONNECTION_TEXT.SERVER_NAME) : this.engine.serverHostname;
  }

  /**
   * The session, in DER, for the option `session` of a later connection to the same server; `null` while
   * there is none that can be resumed. With TLS 1.3 it comes after the handshake: ask when data has been
   * received, or before closing.
   */
  get session(): Buffer | null {
    return this.bytes(CONNECTION_BYTES.SESSION);
  }

  /** Whether an earlier session was resumed. */
  get sessionReused(): boolean {
    return this.number(CONNECTION_NUMBER.SESSION_REUSED) > 0;
  }

  /** Whether the peer's certificate is there and in order. Always true for a client that rejects others. */
  get authorized(): boolean {
    return this.authorizationError === null && this.bytes(CONNECTION_BYTES.PEER_CERTIFICATE) !== null;
  }

  /** What is wrong with the peer's certificate, by Node's name for it; `null` for nothing. */
  get authorizationError(): string | null {
    const result = this.number(CONNECTION_NUMBER.VERIFY_RESULT);
    return result > 0 ? verifyCodeName(result) : null;
  }

  /**
   * The cipher: its OpenSSL name, the version of TLS that defined it, its secret bits; `null` before there is
   * one.
   */
  cipher(): [name: string, version: string, bits: number] | null {
    if (this.kept !== null) return this.kept.cipher;
    const name = this.text(CONNECTION_TEXT.CIPHER);
    if (name === null) return null;
    return [
      name,
      this.text(CONNECTION_TEXT.CIPHER_VERSION) ?? '',
      this.number(CONNECTION_NUMBER.CIPHER_BITS),
    ];
  }

  /** Always `null`: TLS with compression gives secrets away (CRIME), and cannot be switched on. */
  compression(): null {
    return null;
  }

  /** The version of TLS, such as `TLSv1.3`; `null` before the handshake. */
  version(): string | null {
    return this.engine.established ? this.text(CONNECTION_TEXT.VERSION) : null;
  }

  /** The application protocol that both sides have agreed on; `null` for none. */
  selectedAlpnProtocol(): string | null {
    return this.text(CONNECTION_TEXT.ALPN);
  }

  /**
   * The peer's certificate; `null` when it has none.
   * @param binaryForm true: in DER; false: as Node's `tls.TLSSocket#getPeerCertificate()` gives it
   */
  getpeercert(binaryForm?: false): PeerCertificate | null;
  getpeercert(binaryForm: true): Buffer | null;
  getpeercert(binaryForm = false): PeerCertificate | Buffer | null {
    const der = this.kept === null ? this.bytes(CONNECTION_BYTES.PEER_CERTIFICATE) : this.kept.certificate;
    if (der === null || binaryForm) return der;
    // Node declares its own result as the type of all certificates, of which this is one.
    return new nodeModules.crypto.X509Certificate(der).toLegacyObject() as unknown as PeerCertificate;
  }

  /**
   * The certificates that the peer has sent, in DER, as they came. A client's begins with the server's own.
   */
  getUnverifiedChain(): Buffer[] {
    return this.chain(CONNECTION_BYTES.CHAIN);
  }

  /** The certificates from the peer's own to the authority, in DER; none when it was not verified. */
  getVerifiedChain(): Buffer[] {
    return this.chain(CONNECTION_BYTES.VERIFIED_CHAIN);
  }

  /**
   * Bytes that only the two ends of this connection know, to bind a login to it.
   * @param type `tls-unique` (RFC 5929; not with TLS 1.3) or `tls-exporter` (RFC 9266)
   * @throws RangeError for another type
   */
  getChannelBinding(type: 'tls-unique' | 'tls-exporter' = 'tls-unique'): Buffer | null {
    if (type === 'tls-exporter')
      return this.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.of());
    if (type !== 'tls-unique') throw new RangeError(`getChannelBinding: there is no ${String(type)}`);
    if (this.version() === 'TLSv1.3') return null;
    // The first Finished message: the client's, or the server's where a session was resumed.
    const isOurs = this.sessionReused === this.serverSide;
    return this.bytes(isOurs ? CONNECTION_BYTES.FINISHED : CONNECTION_BYTES.PEER_FINISHED);
  }

  /**
   * Keying material for other uses (RFC 5705), as Node's `exportKeyingMaterial`; `null` before the handshake.
   * @param byteCount how much
   * @param label what it is for, `EXPORTER-…`
   * @param context mixed in, where given
   */
  exportKeyingMaterial(byteCount: number, label: string, context?: Uint8Array): Buffer | null {
    if (!this.engine.established) return null;
    if (!(byteCount > 0 && byteCount <= EXPORT_BYTES_MAX)) {
      throw new RangeError(
        `exportKeyingMaterial: byteCount must be 1 to ${EXPORT_BYTES_MAX}, got ${String(byteCount)}`,
      );
    }
    const out = Buffer.alloc(byteCount);
    const hasContext = context !== undefined;
    const result = nativeTls().tlsExport(
      this.engine.handle,
      Buffer.from(label),
      context ?? Buffer.of(),
      hasContext,
      out,
    );
    return result < 0 ? null : out;
  }

  toString(): string {
    const role = this.serverSide ? 'server' : 'client';
    return `<${this.constructor.name} ${role} ${this.version() ?? 'no handshake yet'} ${this.serverHostname ?? ''}>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  private text(what: number): string | null {
    return textOf((out) => nativeTls().tlsText(this.engine.handle, what, out)) || null;
  }

  private number(what: number): number {
    return nativeTls().tlsNumber(this.engine.handle, what);
  }

  private bytes(what: number, index = 0): Buffer | null {
    const found = bytesOf((out) => nativeTls().tlsBytes(this.engine.handle, what, index, out));
    return found.length === 0 ? null : found;
  }

  private chain(what: number): Buffer[] {
    const found: Buffer[] = [];
    for (let der = this.bytes(what, 0); der !== null; der = this.bytes(what, found.length)) found.push(der);
    return found;
  }
}
