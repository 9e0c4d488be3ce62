/**
 * What an `SSLContext` is made from: the names of Node's `tls.createSecureContext`, with types that say what
 * is taken.
 */

import { inspect } from 'node:util';
import { requireOptions } from '../base/arguments.ts';

/** Text in PEM: a string, or its bytes. */
export type Pem = string | Uint8Array;

/** A private key in PEM, with the passphrase that decrypts it. */
export interface ProtectedKey {
  readonly pem: Pem;
  readonly passphrase?: string | undefined;
}

/** A version of TLS, by Node's names. */
export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

/** What an `SSLContext` is made from, but for other contexts. All of it can be left out. */
export interface ContextSettings {
  /** This side's private keys, in PEM. */
  readonly key?: Pem | ProtectedKey | readonly (Pem | ProtectedKey)[] | undefined;
  /** This side's certificates, in PEM; each followed by those that lead to an authority. Servers need one. */
  readonly cert?: Pem | readonly Pem[] | undefined;
  /**
   * The authorities to trust, in PEM, instead of Node's root certificates and those of NODE_EXTRA_CA_CERTS.
   */
  readonly ca?: Pem | readonly Pem[] | undefined;
  /** Revocation lists, in PEM. If there are any, every certificate must be covered by one. */
  readonly crl?: Pem | readonly Pem[] | undefined;
  /** Decrypts the private keys that have no passphrase of their own. */
  readonly passphrase?: string | undefined;
  /**
   * Cipher suites in OpenSSL's syntax; names that begin with `TLS_` are those of TLS 1.3. Default: Node's.
   */
  readonly ciphers?: string | undefined;
  /** Default: `TLSv1.2`. */
  readonly minVersion?: TlsVersion | undefined;
  /** Default: `TLSv1.3`. */
  readonly maxVersion?: TlsVersion | undefined;
  /** Groups for the key exchange, such as `X25519:P-256`. Default: OpenSSL's. */
  readonly ecdhCurve?: string | undefined;
  /** Signature algorithms, such as `ECDSA+SHA256`. Default: OpenSSL's. */
  readonly sigalgs?: string | undefined;
  /** The server's order of ciphers counts, not the client's. Default: true. */
  readonly honorCipherOrder?: boolean | undefined;
  /** Further options of OpenSSL, as bits: `crypto.constants.SSL_OP_…`. */
  readonly secureOptions?: number | undefined;
  /**
   * Application protocols, best first, such as `['h2', 'http/1.1']`. A handshake without a common one fails.
   */
  readonly ALPNProtocols?: readonly string[] | undefined;
  /** As a server: ask clients for a certificate. Default: false. */
  readonly requestCert?: boolean | undefined;
  /**
   * End the handshake when the peer's certificate is not in order, or (as a server that asks) missing.
   * Default: true.
   */
  readonly rejectUnauthorized?: boolean | undefined;
  /**
   * As a client: the certificate must be for the host that was asked for. Default: true. Off only with good
   * reason.
   */
  readonly checkHostname?: boolean | undefined;
  /**
   * As a client: a certificate without subjectAltName may name its host in its subject's common name, as
   * before RFC 2818. Default: false.
   */
  readonly hostnameChecksCommonName?: boolean | undefined;
  /**
   * Refuse certificates that break RFC 5280 where that could be exploited, such as an authority without a key
   * usage (OpenSSL's `X509_V_FLAG_X509_STRICT`). Default: true, as in Python 3.13.
   */
  readonly strictCertificates?: boolean | undefined;
  /**
   * Trust every certificate in `ca`, also one that is not self-signed: a chain may end at an intermediate
   * authority, or at the peer's own certificate. Default: true, as in Python 3.13 (and unlike Node).
   */
  readonly allowPartialTrustChain?: boolean | undefined;
  /**
   * Sessions are resumed among contexts of one identity, in either role; at most 32 characters. Default:
   * random.
   */
  readonly sessionIdContext?: string | undefined;
  /** As a server: how long sessions can be resumed. Default: two hours (OpenSSL's). */
  readonly sessionTimeoutMs?: number | undefined;
}

/** What is said of a value that is not of the kind. */
const needed = { boolean: 'true or false is needed', string: 'text is needed' };

type OptionKinds = Record<keyof ContextSettings | 'sniContexts' | 'SNICallback', keyof typeof needed | null>;

/** All options, and of what kind each is; null: whatever reads it checks it. */
const kinds: Readonly<OptionKinds> = {
  key: null,
  cert: null,
  ca: null,
  crl: null,
  passphrase: 'string',
  ciphers: 'string',
  minVersion: null,
  maxVersion: null,
  ecdhCurve: 'string',
  sigalgs: 'string',
  honorCipherOrder: 'boolean',
  secureOptions: null,
  ALPNProtocols: null,
  requestCert: 'boolean',
  rejectUnauthorized: 'boolean',
  checkHostname: 'boolean',
  hostnameChecksCommonName: 'boolean',
  strictCertificates: 'boolean',
  allowPartialTrustChain: 'boolean',
  sniContexts: null,
  SNICallback: null,
  sessionIdContext: 'string',
  sessionTimeoutMs: null,
};

/**
 * A misspelt `rejectUnauthorised` must not go unnoticed, nor what is only taken for false: it would switch a
 * check off.
 * @throws TypeError for unknown names, and for values of a wrong kind
 */
export function requireKnownOptions(options: ContextSettings): void {
  requireOptions('SSLContext', 'new SSLContext({ key, cert })', options);
  const unknown = Object.keys(options).filter((name) => !Object.hasOwn(kinds, name));
  if (unknown.length > 0) {
    throw new TypeError(
      `SSLContext: unknown option ${unknown.join(', ')}. There are ${Object.keys(kinds).join(', ')}.`,
    );
  }
  for (const [name, value] of Object.entries(options) as [keyof typeof kinds, unknown][]) {
    const kind = kinds[name];
    if (kind === null || value === undefined || typeof value === kind) continue;
    throw new TypeError(`SSLContext: option ${name}: ${needed[kind]}, got ${inspect(value)}`);
  }
}

/** One, several, or none, as a list. */
export function listOf<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}

/** The bytes of PEM text. @throws TypeError for anything else, naming the option */
export function pemBytes(pem: Pem, option: string): Uint8Array {
  if (typeof pem === 'string') return Buffer.from(pem);
  if (pem instanceof Uint8Array) return pem;
  throw new TypeError(`SSLContext: option ${option}: PEM text as a string or Buffer is needed`);
}

const versions: Readonly<Record<TlsVersion, number>> = {
  TLSv1: 0x301,
  'TLSv1.1': 0x302,
  'TLSv1.2': 0x303,
  'TLSv1.3': 0x304,
};

/** OpenSSL's number of a version. @throws TypeError for an unknown version */
export function versionNumber(version: TlsVersion, option: string): number {
  const number = versions[version];
  if (number !== undefined) return number;
  throw new TypeError(
    `SSLContext: option ${option}: one of ${Object.keys(versions).join(', ')} is needed, got ${String(version)}`,
  );
}

/**
 * Protocols as TLS sends them: each after a byte with its length.
 * @throws TypeError for names that cannot be sent
 */
export function alpnWireForm(protocols: readonly string[]): Uint8Array {
  if (!Array.isArray(protocols)) {
    throw new TypeError(
      `SSLContext: option ALPNProtocols: a list of names is needed, got ${inspect(protocols)}`,
    );
  }
  const parts = protocols.map((name) => {
    const bytes = Buffer.from(String(name));
    if (bytes.length === 0 || bytes.length > 255) {
      throw new TypeError(
        `SSLContext: option ALPNProtocols: names have 1 to 255 bytes, got ${JSON.stringify(name)}`,
      );
    }
    return Buffer.concat([Buffer.of(bytes.length), bytes]);
  });
  return Buffer.concat(parts);
}
