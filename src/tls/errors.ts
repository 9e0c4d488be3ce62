/** The errors of TLS. Python's `ssl` module has the names; `code` is as in Node's own errors. */

import { OSError, type OSErrorFields } from '../base/errors.ts';

/** What an {@link SSLError} is about. */
export interface SSLErrorFields extends OSErrorFields {
  /** The part of OpenSSL that refused, such as `SSL routines`. */
  readonly library?: string | undefined;
  /** OpenSSL's words, such as `wrong version number`. */
  readonly reason?: string | undefined;
}

/**
 * TLS refused something: a handshake, bytes that are not TLS, a key that does not fit. `ssl.SSLError` of
 * CPython.
 *
 * `code` is Node's, such as `ERR_SSL_WRONG_VERSION_NUMBER`; `syscall` is what was going on, such as
 * `handshake`; the message names the peer.
 */
export class SSLError extends OSError {
  override readonly name: string = 'SSLError';
  readonly library: string;
  readonly reason: string;

  constructor(message: string, fields: SSLErrorFields, options?: ErrorOptions) {
    super(message, fields, options);
    this.library = fields.library ?? '';
    this.reason = fields.reason ?? '';
  }
}

/** What an {@link SSLCertVerificationError} is about. */
export interface SSLCertVerificationErrorFields extends SSLErrorFields {
  /** OpenSSL's number for what is wrong (`X509_V_ERR_…`). */
  readonly verifyCode: number;
  /** OpenSSL's words for it, such as `certificate has expired`. */
  readonly verifyMessage: string;
  /** The certificate that is not in order, in DER; `null` when there is none. */
  readonly certificate: Buffer | null;
}

/**
 * The peer's certificate is not in order: expired, of an unknown authority, for another host.
 * `ssl.SSLCertVerificationError` of CPython.
 *
 * `code` is Node's: `CERT_HAS_EXPIRED`, `DEPTH_ZERO_SELF_SIGNED_CERT`, `SELF_SIGNED_CERT_IN_CHAIN`,
 * `UNABLE_TO_GET_ISSUER_CERT_LOCALLY`, `UNABLE_TO_VERIFY_LEAF_SIGNATURE`, `ERR_TLS_CERT_ALTNAME_INVALID` for
 * another host, …
 */
export class SSLCertVerificationError extends SSLError {
  override readonly name = 'SSLCertVerificationError';
  readonly verifyCode: number;
  readonly verifyMessage: string;
  readonly certificate: Buffer | null;

  constructor(message: string, fields: SSLCertVerificationErrorFields, options?: ErrorOptions) {
    super(message, fields, options);
    this.verifyCode = fields.verifyCode;
    this.verifyMessage = fields.verifyMessage;
    this.certificate = fields.certificate;
  }
}

/**
 * An {@link SSLObject} needs more bytes in its incoming BIO, or what is in its outgoing one sent.
 * `ssl.SSLWantReadError`.
 */
export class SSLWantReadError extends SSLError {
  override readonly name = 'SSLWantReadError';
}

/**
 * Writing on a connection that this side or the peer has closed with close_notify.
 * `ssl.SSLZeroReturnError`.
 */
export class SSLZeroReturnError extends SSLError {
  override readonly name = 'SSLZeroReturnError';
}

/**
 * The bytes ended without TLS's own end: the peer broke off, or somebody in between has cut off what it sent.
 * `ssl.SSLEOFError`.
 */
export class SSLEOFError extends SSLError {
  override readonly name = 'SSLEOFError';
}
