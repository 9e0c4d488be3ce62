/** From the addon's numbers and OpenSSL's words to errors. */

import { RuntimeError } from '../base/errors.ts';
import { nodeModules } from '../base/node-modules.ts';
import { ECONNABORTED, ENOSYS, EPROTO } from '../kernel/errno.ts';
import { bytesOf, CONNECTION_BYTES, CONNECTION_NUMBER, nativeTls, textOf } from '../kernel/native-tls.ts';
import { osError } from '../kernel/os-error.ts';
import { SSLCertVerificationError, SSLEOFError, SSLError } from './errors.ts';
import { isOtherHost, verifyCodeName } from './verify-codes.ts';

const CERTIFICATE_VERIFY_FAILED = 'certificate verify failed';

interface Words {
  readonly code: string;
  readonly library: string;
  readonly reason: string;
}

/**
 * `error:0A00010B:SSL routines::wrong version number`, taken apart; the first line is the cause of the
 * others.
 */
function parseWords(text: string): Words {
  const [first = ''] = text.split('\n');
  const [, , library = '', , ...rest] = first.split(':');
  const reason = rest.join(':') || first || 'no reason was given';
  const name = reason.replaceAll(/[^A-Za-z0-9]+/g, '_').toUpperCase();
  return { code: `ERR_SSL_${name}`, library, reason };
}

/**
 * @throws RuntimeError where the running Node has no OpenSSL that can be used. Everything else of the package
 *   works.
 */
export function requireTls(): void {
  const tls = nativeTls();
  if (tls.tlsAvailable() >= 0) return;
  throw noTls(textOf((out) => tls.tlsWords(out)));
}

function noTls(problem: string): RuntimeError {
  return new RuntimeError(
    `TLS needs a Node that exports its OpenSSL 3, as those from nodejs.org do. ${process.execPath} (${process.version}) does not: ${problem}.`,
  );
}

/**
 * The error for a refused call.
 * @param result `-errno` of a TLS call
 * @param call what was going on, such as `handshake`
 * @param subject what it was about, for the message
 */
export function tlsFailure(result: number, call: string, subject: string): Error {
  const text = textOf((out) => nativeTls().tlsWords(out));
  if (result === -ENOSYS) return noTls(text);
  if (result === -ECONNABORTED) return endOfBytes(call, subject);
  if (result !== -EPROTO) return osError(result, call, subject);
  const words = parseWords(text);
  const message = `${call} ${words.code} ${subject} (${words.reason})`;
  return new SSLError(message, { ...words, errno: -EPROTO, syscall: call });
}

/** The error for bytes that end without TLS's own end. */
export function endOfBytes(call: string, subject: string): SSLEOFError {
  const reason =
    call === 'handshake'
      ? 'the peer ended the connection in the middle of the handshake'
      : 'the peer ended the connection without close_notify: bytes may be missing';
  const fields = {
    code: 'ERR_SSL_UNEXPECTED_EOF_WHILE_READING',
    errno: -ECONNABORTED,
    syscall: call,
    reason,
  };
  return new SSLEOFError(`${call} ${fields.code} ${subject} (${reason})`, fields);
}

/** The error for a handshake of the connection `handle` that was refused. */
export function handshakeFailure(result: number, handle: number, subject: string): Error {
  const tls = nativeTls();
  const verifyCode = tls.tlsNumber(handle, CONNECTION_NUMBER.VERIFY_RESULT);
  const error = tlsFailure(result, 'handshake', subject);
  const isOurs = error instanceof SSLError && error.reason === CERTIFICATE_VERIFY_FAILED;
  return isOurs && verifyCode !== 0 ? verificationFailure(handle, verifyCode, subject) : error;
}

/** The error for a certificate with which the connection `handle` does not go on. */
export function verificationFailure(handle: number, verifyCode: number, subject: string): Error {
  const tls = nativeTls();
  const der = bytesOf((out) => tls.tlsBytes(handle, CONNECTION_BYTES.FAILED_CERTIFICATE, 0, out));
  const certificate = der.length === 0 ? null : der;
  const verifyMessage = textOf((out) => tls.tlsVerifyWords(verifyCode, out));
  const code = verifyCodeName(verifyCode);
  const about = certificate === null ? '' : `: ${describeCertificate(certificate, verifyCode)}`;
  return new SSLCertVerificationError(`handshake ${code} ${subject} (${verifyMessage}${about})`, {
    code,
    errno: -EPROTO,
    syscall: 'handshake',
    library: 'SSL routines',
    reason: CERTIFICATE_VERIFY_FAILED,
    verifyCode,
    verifyMessage,
    certificate,
  });
}

/** Whose certificate it is, and the facts that matter for what is wrong with it. */
function describeCertificate(der: Buffer, verifyCode: number): string {
  try {
    const certificate = new nodeModules.crypto.X509Certificate(der);
    const oneLine = (name: string | undefined): string => (name ?? '').replaceAll('\n', ', ');
    const subject = `certificate of ${oneLine(certificate.subject) || 'nobody'}`;
    if (isOtherHost(verifyCode)) return `${subject}, for ${certificate.subjectAltName ?? 'no other name'}`;
    return `${subject}, issued by ${oneLine(certificate.issuer)}, valid from ${certificate.validFrom} to ${certificate.validTo}`;
  } catch {
    return 'a certificate that cannot be read';
  }
}
