/**
 * TLS over the addon: OpenSSL's contexts and connections as integers, bytes in and bytes out. Computation,
 * and no question to the operating system, so it is no part of {@link Kernel}: a simulated world encrypts
 * like the real one.
 *
 * Calls answer `>= 0` or `-errno`; what each number means for a connection is prose at the top of
 * `native/tls/connection.h`. Where text or bytes are written to `out`, the answer is their size, whether they
 * fit or not.
 */

import { loadAddon } from './addon.ts';
import type { TlsCalls } from './tls-calls.ts';

/** Settings of a context that are numbers, in the order of `ContextNumber` in `native/tls/context.h`. */
export const CONTEXT_NUMBER = {
  MIN_VERSION: 0,
  MAX_VERSION: 1,
  SET_OPTIONS: 2,
  CLEAR_OPTIONS: 3,
  SESSION_SECONDS: 4,
  ASKS_FOR_CONTEXT: 5,
  VERIFY_FLAGS: 6,
} as const;

/** Settings of a context that are text or bytes, in the order of `ContextText`. */
export const CONTEXT_TEXT = {
  CIPHER_LIST: 0,
  CIPHER_SUITES: 1,
  GROUPS: 2,
  SIGNATURE_ALGORITHMS: 3,
  ALPN: 4,
  SESSION_ID_CONTEXT: 5,
} as const;

/**
 * What is required of the peer's certificate, in the order of `Verification` in `native/tls/connection.h`.
 */
export const VERIFICATION = { NONE: 0, OPTIONAL: 1, REQUIRED: 2 } as const;

/** What {@link TlsCalls.tlsText} knows, in the order of `ConnectionText`. */
export const CONNECTION_TEXT = {
  VERSION: 0,
  CIPHER: 1,
  CIPHER_STANDARD_NAME: 2,
  CIPHER_VERSION: 3,
  ALPN: 4,
  SERVER_NAME: 5,
} as const;

/** What {@link TlsCalls.tlsNumber} knows, in the order of `ConnectionNumber`. */
export const CONNECTION_NUMBER = {
  CIPHER_BITS: 0,
  SESSION_REUSED: 1,
  VERIFY_RESULT: 2,
  FAILED_DEPTH: 3,
  SHUTDOWN: 4,
} as const;

/** What {@link TlsCalls.tlsBytes} knows, in the order of `ConnectionBytes`. */
export const CONNECTION_BYTES = {
  PEER_CERTIFICATE: 0,
  CHAIN: 1,
  VERIFIED_CHAIN: 2,
  SESSION: 3,
  FINISHED: 4,
  PEER_FINISHED: 5,
  FAILED_CERTIFICATE: 6,
} as const;

/** Long enough for nearly every answer: a certificate has one or two thousand bytes. */
const OUT_BYTES = 4096;

let shared = Buffer.alloc(0);

/** The TLS calls of the addon. */
export function nativeTls(): TlsCalls {
  return loadAddon();
}

/** What `call` writes, as a Buffer of its own; empty where the answer is an error. */
export function bytesOf(call: (out: Uint8Array) => number): Buffer {
  if (shared.length === 0) shared = Buffer.alloc(OUT_BYTES);
  let out = shared;
  let size = call(out);
  if (size > out.length) {
    out = Buffer.alloc(size);
    size = call(out);
  }
  return Buffer.from(out.subarray(0, Math.max(size, 0)));
}

/** What `call` writes, as text. */
export function textOf(call: (out: Uint8Array) => number): string {
  return bytesOf(call).toString();
}
