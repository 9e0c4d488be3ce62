/** Node's names for OpenSSL's results of verification (`X509_V_ERR_…`): programs know them from `tls`. */

/** A name that is not the one asked for. Both are Node's ERR_TLS_CERT_ALTNAME_INVALID. */
const HOSTNAME_MISMATCH = 62;
const IP_ADDRESS_MISMATCH = 64;

const names: Readonly<Record<number, string>> = {
  2: 'UNABLE_TO_GET_ISSUER_CERT',
  3: 'UNABLE_TO_GET_CRL',
  4: 'UNABLE_TO_DECRYPT_CERT_SIGNATURE',
  5: 'UNABLE_TO_DECRYPT_CRL_SIGNATURE',
  6: 'UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY',
  7: 'CERT_SIGNATURE_FAILURE',
  8: 'CRL_SIGNATURE_FAILURE',
  9: 'CERT_NOT_YET_VALID',
  10: 'CERT_HAS_EXPIRED',
  11: 'CRL_NOT_YET_VALID',
  12: 'CRL_HAS_EXPIRED',
  13: 'ERROR_IN_CERT_NOT_BEFORE_FIELD',
  14: 'ERROR_IN_CERT_NOT_AFTER_FIELD',
  15: 'ERROR_IN_CRL_LAST_UPDATE_FIELD',
  16: 'ERROR_IN_CRL_NEXT_UPDATE_FIELD',
  17: 'OUT_OF_MEM',
  18: 'DEPTH_ZERO_SELF_SIGNED_CERT',
  19: 'SELF_SIGNED_CERT_IN_CHAIN',
  20: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  21: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  22: 'CERT_CHAIN_TOO_LONG',
  23: 'CERT_REVOKED',
  24: 'INVALID_CA',
  25: 'PATH_LENGTH_EXCEEDED',
  26: 'INVALID_PURPOSE',
  27: 'CERT_UNTRUSTED',
  28: 'CERT_REJECTED',
  [HOSTNAME_MISMATCH]: 'ERR_TLS_CERT_ALTNAME_INVALID',
  [IP_ADDRESS_MISMATCH]: 'ERR_TLS_CERT_ALTNAME_INVALID',
};

/** The name of a result of verification other than 0. */
export function verifyCodeName(code: number): string {
  return names[code] ?? 'ERR_SSL_CERTIFICATE_VERIFY_FAILED';
}

/** Whether the certificate may be good, but is for another host. */
export function isOtherHost(code: number): boolean {
  return code === HOSTNAME_MISMATCH || code === IP_ADDRESS_MISMATCH;
}
