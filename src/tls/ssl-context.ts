/**
 * What connections have in common: this side's certificate and key, trusted authorities, versions and
 * ciphers.
 *
 * | state  | entered by   | new connections | connections that are there |
 * |--------|--------------|-----------------|----------------------------|
 * | open   | construction | yes             | go on                      |
 * | closed | close()      | RuntimeError    | go on                      |
 */

import { RuntimeError } from '../base/errors.ts';
import { nodeModules } from '../base/node-modules.ts';
import { describeValue } from '../coroutines/misuse.ts';
import { CONTEXT_NUMBER, CONTEXT_TEXT, nativeTls, VERIFICATION } from '../kernel/native-tls.ts';
import type { TlsCalls } from '../kernel/tls-calls.ts';
import {
  alpnWireForm,
  type ContextSettings,
  listOf,
  type Pem,
  type ProtectedKey,
  pemBytes,
  requireKnownOptions,
  versionNumber,
} from './context-options.ts';
import { requireTls, tlsFailure } from './failure.ts';
import { contextOfDefaultAuthorities } from './root-certificates.ts';

/** What an {@link SSLContext} is made from. All of it can be left out. */
export interface SSLContextOptions extends ContextSettings {
  /**
   * As a server: contexts for other names, such as `{ 'api.example.com': …, '*.example.org': … }`. Unknown
   * names get this one.
   */
  readonly sniContexts?: Readonly<Record<string, SSLContext>> | undefined;
  /**
   * As a server: chooses the context for a name (`null` when the client sends none); `null` means this one.
   * Must not wait.
   */
  readonly SNICallback?: ((servername: string | null) => SSLContext | null) | undefined;
}

/** `SSL_OP_CIPHER_SERVER_PREFERENCE`, which is on by default. */
const SERVER_PREFERENCE = 2 ** 22;

/** `X509_V_FLAG_X509_STRICT`. */
const VERIFY_STRICT = 0x20;

/** `X509_V_FLAG_PARTIAL_CHAIN`. */
const VERIFY_PARTIAL_CHAIN = 0x8_00_00;

/** OpenSSL's limit, `SSL_MAX_SID_CTX_LENGTH`. */
const SESSION_ID_CONTEXT_BYTES = 32;

/**
 * Certificates, keys, trust and ciphers for connections. `ssl.SSLContext` of CPython, with the options of
 * Node's `tls.createSecureContext`.
 *
 *     const context = new SSLContext({ key: readFileSync('key.pem'), cert: readFileSync('cert.pem') });
 *     using server = yield* loop.createServer(() => new Echo(), { port: 8443, ssl: context });
 *
 * A client's default (`new SSLContext()`, and `ssl: true`) verifies the peer's certificate against Node's
 * root certificates and those of NODE_EXTRA_CA_CERTS, with the strictness of Python 3.13, and that it is for
 * the host that was asked for. A context can serve any number of connections, in both roles; it holds memory
 * of OpenSSL until {@link close}, or until its thread ends.
 */
export class SSLContext {
  /** What it was made from. */
  readonly options: SSLContextOptions;
  private readonly tls: TlsCalls;
  /** `sniContexts` in small letters: names are the same in capitals. */
  private readonly contexts: ReadonlyMap<string, SSLContext>;
  private handleOrNone: number;

  /**
   * @throws TypeError for unknown options; SSLError for certificates and keys that cannot be used, naming the
   *   option; RuntimeError if the running Node does not export its OpenSSL
   */
  constructor(options: SSLContextOptions = {}) {
    requireKnownOptions(options);
    requireTls();
    this.options = options;
    const named = Object.entries(options.sniContexts ?? {});
    for (const [name, context] of named) requireContext('sniContexts', context, name);
    requireFunction('SNICallback', options.SNICallback);
    this.contexts = new Map(named.map(([name, context]) => [name.toLowerCase(), context]));
    this.tls = nativeTls();
    this.handleOrNone = this.check(this.tls.tlsContextOpen(), 'new');
    try {
      this.setProtocol();
      this.setTrust();
      this.setIdentity();
      this.setSessions();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** @internal The addon's handle. @throws RuntimeError when it is closed */
  get handle(): number {
    if (this.handleOrNone >= 0) return this.handleOrNone;
    throw new RuntimeError('SSLContext: it is closed. Make another one for new connections.');
  }

  /** @internal What to ask of the peer's certificate. */
  verification(serverSide: boolean): number {
    const { requestCert = false, rejectUnauthorized = true } = this.options;
    if (serverSide && !requestCert) return VERIFICATION.NONE;
    return rejectUnauthorized ? VERIFICATION.REQUIRED : VERIFICATION.OPTIONAL;
  }

  /** @internal The context for the name that a client sent. */
  contextFor(servername: string): SSLContext {
    const name = servername.toLowerCase();
    const chosen = this.options.SNICallback?.(name === '' ? null : name) ?? null;
    if (chosen !== null) {
      requireContext('SNICallback', chosen, name);
      return chosen;
    }
    return this.contexts.get(name) ?? this.contexts.get(name.replace(/^[^.]*/, '*')) ?? this;
  }

  /** Releases it; connections that it was used for go on. Closing twice is harmless. */
  close(): void {
    const handle = this.handleOrNone;
    this.handleOrNone = -1;
    if (handle >= 0) this.tls.tlsContextClose(handle);
  }

  /** As {@link close}: `using context = new SSLContext(…)`. */
  [Symbol.dispose](): void {
    this.close();
  }

  toString(): string {
    const parts = [this.handleOrNone < 0 ? 'closed' : 'open'];
    if (this.options.cert !== undefined) parts.push('with a certificate');
    if (this.options.rejectUnauthorized === false) parts.push('accepts any certificate');
    return `<SSLContext ${parts.join(', ')}>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  private setProtocol(): void {
    const { minVersion = 'TLSv1.2', maxVersion = 'TLSv1.3', ecdhCurve, sigalgs, ciphers } = this.options;
    this.setNumber(CONTEXT_NUMBER.MIN_VERSION, versionNumber(minVersion, 'minVersion'), 'minVersion');
    this.setNumber(CONTEXT_NUMBER.MAX_VERSION, versionNumber(maxVersion, 'maxVersion'), 'maxVersion');
    this.setCiphers(ciphers ?? nodeModules.tls.DEFAULT_CIPHERS, ciphers !== undefined);
    if (ecdhCurve !== undefined && ecdhCurve !== 'auto') {
      this.setText(CONTEXT_TEXT.GROUPS, Buffer.from(ecdhCurve), 'ecdhCurve');
    }
    if (sigalgs !== undefined)
      this.setText(CONTEXT_TEXT.SIGNATURE_ALGORITHMS, Buffer.from(sigalgs), 'sigalgs');
    const { honorCipherOrder = true, secureOptions = 0, ALPNProtocols } = this.options;
    if (!honorCipherOrder)
      this.setNumber(CONTEXT_NUMBER.CLEAR_OPTIONS, SERVER_PREFERENCE, 'honorCipherOrder');
    if (secureOptions !== 0) this.setNumber(CONTEXT_NUMBER.SET_OPTIONS, secureOptions, 'secureOptions');
    if (ALPNProtocols !== undefined)
      this.setText(CONTEXT_TEXT.ALPN, alpnWireForm(ALPNProtocols), 'ALPNProtocols');
  }

  /** OpenSSL has two lists, Node one. A list of one kind only leaves nothing of the other. */
  private setCiphers(ciphers: string, isExplicit: boolean): void {
    const names = ciphers.split(':').filter((name) => name !== '');
    const suites = names.filter((name) => name.startsWith('TLS_'));
    const older = names.filter((name) => !name.startsWith('TLS_'));
    if (suites.length > 0 || isExplicit) {
      this.setText(CONTEXT_TEXT.CIPHER_SUITES, Buffer.from(suites.join(':')), 'ciphers');
    }
    if (older.length > 0) this.setText(CONTEXT_TEXT.CIPHER_LIST, Buffer.from(older.join(':')), 'ciphers');
    else if (suites.length === 0) throw new TypeError('SSLContext: option ciphers: no cipher is named');
  }

  private setTrust(): void {
    const { ca, crl, strictCertificates = true, allowPartialTrustChain = true } = this.options;
    const flags =
      (strictCertificates ? VERIFY_STRICT : 0) | (allowPartialTrustChain ? VERIFY_PARTIAL_CHAIN : 0);
    this.setNumber(CONTEXT_NUMBER.VERIFY_FLAGS, flags, 'strictCertificates');
    const lists = listOf(crl);
    if (ca === undefined && lists.length === 0) {
      this.check(
        this.tls.tlsContextShareCas(this.handle, contextOfDefaultAuthorities()),
        'default authorities',
      );
      return;
    }
    if (ca === undefined) throw new TypeError('SSLContext: option crl needs option ca beside it');
    for (const pem of listOf<Pem>(ca)) {
      const count = this.check(this.tls.tlsContextAddCa(this.handle, pemBytes(pem, 'ca')), 'ca');
      if (count === 0) throw new TypeError('SSLContext: option ca: there is no certificate in the PEM text');
    }
    for (const pem of lists) {
      const count = this.check(this.tls.tlsContextAddCrl(this.handle, pemBytes(pem, 'crl')), 'crl');
      if (count === 0)
        throw new TypeError('SSLContext: option crl: there is no revocation list in the PEM text');
    }
  }

  private setIdentity(): void {
    const { key, cert, passphrase } = this.options;
    // Certificates first: a key is compared with its own kind of certificate when it is set.
    for (const pem of listOf<Pem>(cert)) {
      this.check(this.tls.tlsContextUseCertificate(this.handle, pemBytes(pem, 'cert')), 'cert');
    }
    for (const each of listOf<Pem | ProtectedKey>(key)) {
      const { pem, passphrase: own } = isProtectedKey(each) ? each : { pem: each };
      if (own !== undefined && typeof own !== 'string') {
        throw new TypeError(
          `SSLContext: option key: text is needed as its passphrase, got ${describeValue(own)}`,
        );
      }
      const secret = Buffer.from(own ?? passphrase ?? '');
      this.check(this.tls.tlsContextUsePrivateKey(this.handle, pemBytes(pem, 'key'), secret), 'key');
    }
  }

  private setSessions(): void {
    const { sessionIdContext, sessionTimeoutMs, sniContexts, SNICallback } = this.options;
    const identity =
      sessionIdContext === undefined
        ? nodeModules.crypto.randomBytes(SESSION_ID_CONTEXT_BYTES)
        : Buffer.from(sessionIdContext);
    this.setText(CONTEXT_TEXT.SESSION_ID_CONTEXT, identity, 'sessionIdContext');
    if (sessionTimeoutMs !== undefined) {
      this.setNumber(
        CONTEXT_NUMBER.SESSION_SECONDS,
        Math.ceil(atLeastZero(sessionTimeoutMs) / 1000),
        'sessionTimeoutMs',
      );
    }
    const chooses = sniContexts !== undefined || SNICallback !== undefined;
    if (chooses) this.setNumber(CONTEXT_NUMBER.ASKS_FOR_CONTEXT, 1, 'sniContexts');
  }

  private setNumber(what: number, value: number, option: string): void {
    if (typeof value !== 'number' || !(value >= 0)) {
      throw new TypeError(`SSLContext: option ${option}: a number >= 0 is needed, got ${String(value)}`);
    }
    this.check(this.tls.tlsContextSetNumber(this.handle, what, value), option);
  }

  private setText(what: number, value: Uint8Array, option: string): void {
    this.check(this.tls.tlsContextSetText(this.handle, what, value), option);
  }

  private check(result: number, option: string): number {
    if (result < 0) throw tlsFailure(result, 'SSLContext', `option ${option}`);
    return result;
  }
}

function requireContext(option: string, context: unknown, name: string): void {
  if (context instanceof SSLContext) return;
  throw new TypeError(`SSLContext: option ${option}: an SSLContext is needed for ${name || 'no name'}`);
}

function requireFunction(option: string, value: unknown): void {
  if (value === undefined || value === null || typeof value === 'function') return;
  throw new TypeError(`SSLContext: option ${option}: a function is needed, got ${describeValue(value)}`);
}

function atLeastZero(timeoutMs: number): number {
  if (timeoutMs >= 0) return timeoutMs;
  throw new RangeError(`SSLContext: option sessionTimeoutMs: 0 or more is needed, got ${String(timeoutMs)}`);
}

function isProtectedKey(key: Pem | ProtectedKey): key is ProtectedKey {
  return typeof key === 'object' && key !== null && 'pem' in key;
}
