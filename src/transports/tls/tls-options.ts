/** What callers can say about TLS, and what is made of it. */

import { requireBytes, requireOptions } from '../../base/arguments.ts';
import { describeValue } from '../../coroutines/misuse.ts';
import { defaultClientContext } from '../../tls/default-context.ts';
import { SSLContext } from '../../tls/ssl-context.ts';
import { requireOptionKinds } from '../option-kinds.ts';

/** asyncio's numbers. */
const DEFAULT_HANDSHAKE_TIMEOUT_MS = 60_000;
const DEFAULT_SHUTDOWN_TIMEOUT_MS = 30_000;

/** How long TLS may take, and how it may end, for clients and servers. */
export interface TlsTimes {
  /** How long the handshake may take. Default: 60 s. */
  readonly sslHandshakeTimeoutMs?: number | undefined;
  /**
   * How long closing may take: sending what is left, and waiting for the peer's close_notify. Default: 30 s.
   */
  readonly sslShutdownTimeoutMs?: number | undefined;
  /**
   * Treat an end without close_notify as a clean one. Default: false: it is an SSLEOFError, because somebody
   * may have cut off what the peer sent. For protocols that mark their own ends.
   */
  readonly suppressRaggedEofs?: boolean | undefined;
}

/** TLS as a client. */
export interface ClientTlsOptions extends TlsTimes {
  /** Use TLS: with the default settings (`true`), or with a context of your own. */
  readonly ssl?: boolean | SSLContext | undefined;
  /**
   * The host to name to the server and to expect in its certificate. Default: the host that is connected to.
   */
  readonly serverHostname?: string | null | undefined;
  /**
   * A session to resume: {@link SSLInfo.session} of an earlier connection with the same `sessionIdContext`.
   */
  readonly session?: Uint8Array | undefined;
}

/** TLS as a server. */
export interface ServerTlsOptions extends TlsTimes {
  /** Use TLS: a context with the server's key and certificate. */
  readonly ssl?: SSLContext | undefined;
}

/** TLS on a connection that is there, in either role. */
export interface StartTlsOptions extends TlsTimes {
  /** Whether this side is the server. Default: false. */
  readonly serverSide?: boolean | undefined;
  /** A client's: the host to name to the server and to expect in its certificate. */
  readonly serverHostname?: string | null | undefined;
  /** A client's: a session to resume. */
  readonly session?: Uint8Array | undefined;
  /**
   * Bytes that the protocol has received already and that belong to TLS, such as what followed a PROXY header
   * in one segment. They are given to the TLS engine first. Default: none.
   */
  readonly received?: Uint8Array | undefined;
}

/** The settings of a `TlsConnection`, with every default filled in. */
export interface TlsSettings {
  readonly context: SSLContext;
  readonly serverSide: boolean;
  readonly serverHostname: string | null;
  readonly session: Uint8Array | undefined;
  readonly handshakeTimeoutMs: number;
  readonly shutdownTimeoutMs: number;
  readonly suppressRaggedEofs: boolean;
}

/** What was there when TLS began on a connection. */
export interface ConnectionSoFar {
  /** Bytes of TLS that were received already. */
  readonly received: Uint8Array | null;
  /** Whether the transport below will receive nothing more. */
  readonly hasEnded: boolean;
  /** Whether it has paused the writing of the program's protocol. */
  readonly writingIsPaused: boolean;
}

/**
 * A client's settings; `null` for a connection without TLS.
 * @param host the host that is connected to, `null` if there is none
 * @throws TypeError for TLS options without `ssl`, or without a host
 */
export function clientTls(call: string, options: ClientTlsOptions, host: string | null): TlsSettings | null {
  const { ssl } = options;
  if (ssl === undefined || ssl === null || ssl === false) {
    refuseWithoutTls(call, options, ['serverHostname', 'session', ...timeNames]);
    return null;
  }
  const context = ssl === true ? defaultClientContext() : requireContext(call, ssl);
  const serverHostname = options.serverHostname === undefined ? host : options.serverHostname;
  if (serverHostname === null && context.options.checkHostname !== false) {
    throw new TypeError(`${call}: ssl needs serverHostname: there is no host whose certificate to expect`);
  }
  return settings(call, context, false, { ...options, serverHostname });
}

/** A server's settings; `null` for one without TLS. @throws TypeError for a context without a certificate */
export function serverTls(call: string, options: ServerTlsOptions): TlsSettings | null {
  const { ssl } = options;
  if (ssl === undefined || ssl === null) {
    refuseWithoutTls(call, options, timeNames);
    return null;
  }
  return settings(call, requireServerContext(call, ssl), true, options);
}

/** The settings of `startTls`. */
export function startingTls(call: string, ssl: SSLContext, options: StartTlsOptions): TlsSettings {
  requireOptions(call, `${call}(…, { serverHostname: 'example.com' })`, options);
  requireOptionKinds(call, options);
  const serverSide = options.serverSide ?? false;
  const context = serverSide ? requireServerContext(call, ssl) : requireContext(call, ssl);
  return settings(call, context, serverSide, options);
}

const timeNames = ['sslHandshakeTimeoutMs', 'sslShutdownTimeoutMs', 'suppressRaggedEofs'] as const;

function settings(
  call: string,
  context: SSLContext,
  serverSide: boolean,
  options: StartTlsOptions,
): TlsSettings {
  const handshakeTimeoutMs = options.sslHandshakeTimeoutMs ?? DEFAULT_HANDSHAKE_TIMEOUT_MS;
  const shutdownTimeoutMs = options.sslShutdownTimeoutMs ?? DEFAULT_SHUTDOWN_TIMEOUT_MS;
  const session = options.session ?? undefined;
  if (session !== undefined) requireBytes(call, 'session', session);
  return {
    context,
    serverSide,
    serverHostname: options.serverHostname ?? null,
    session,
    handshakeTimeoutMs: checkedTime(call, 'sslHandshakeTimeoutMs', handshakeTimeoutMs),
    shutdownTimeoutMs: checkedTime(call, 'sslShutdownTimeoutMs', shutdownTimeoutMs),
    suppressRaggedEofs: options.suppressRaggedEofs ?? false,
  };
}

function checkedTime(call: string, name: string, timeMs: number): number {
  if (timeMs > 0) return timeMs;
  throw new RangeError(`${call}: ${name} must be more than 0, got ${String(timeMs)}`);
}

function refuseWithoutTls<O extends TlsTimes>(
  call: string,
  options: O,
  names: readonly (keyof O & string)[],
): void {
  const given = names.filter((name) => (options[name] ?? null) !== null);
  if (given.length > 0) throw new TypeError(`${call}: ${given.join(', ')} is only meaningful with ssl`);
}

function requireContext(call: string, ssl: unknown): SSLContext {
  if (ssl instanceof SSLContext) return ssl;
  throw new TypeError(
    `${call}: ssl: an SSLContext is needed, got ${describeValue(ssl)}. Make one with new SSLContext({ … }).`,
  );
}

function requireServerContext(call: string, ssl: unknown): SSLContext {
  const context = requireContext(call, ssl);
  const { cert, sniContexts, SNICallback } = context.options;
  if (cert !== undefined || sniContexts !== undefined || SNICallback !== undefined) return context;
  throw new TypeError(`${call}: a server needs a certificate: new SSLContext({ key, cert })`);
}
