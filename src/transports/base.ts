/** What all transports and all protocols have. The two know each other, so they stand together. */

import type { PeerCertificate } from 'node:tls';
import type { Address } from '../addresses/address.ts';
import type { Socket } from '../sockets/socket.ts';
import type { SSLContext } from '../tls/ssl-context.ts';
import type { SSLInfo } from '../tls/ssl-info.ts';

/** What {@link BaseTransport.getExtraInfo} knows, by name. */
export interface ExtraInfo {
  /** The socket itself. For its options and names: receiving or sending on it would steal the transport's bytes. */
  readonly socket: Socket;
  /** This side's address. */
  readonly sockname: Address | null;
  /** The other side's address; `null` when there is none. */
  readonly peername: Address | null;
  /** Of a pipe's transport: the pipe, as it was given. */
  readonly pipe: unknown;
  /** With TLS: the context. */
  readonly sslcontext: SSLContext;
  /** With TLS: what is known of the connection. */
  readonly sslObject: SSLInfo;
  /** With TLS: the other side's certificate. */
  readonly peercert: PeerCertificate;
  /** With TLS: the cipher's name, the version of TLS that defined it, its secret bits. */
  readonly cipher: [name: string, version: string, bits: number];
  /** With TLS: always `null`. */
  readonly compression: null;
}

/** What all transports have. `asyncio.BaseTransport` of CPython 3.13. */
export interface BaseTransport {
  /**
   * What is known of the connection: `socket`, `sockname`, `peername`, or `pipe`; with TLS also `sslcontext`, `sslObject`, `peercert`, `cipher`,
   * `compression`.
   * @param fallback what to return for what is not known; `null` unless told
   */
  getExtraInfo<K extends keyof ExtraInfo>(name: K): ExtraInfo[K] | null;
  getExtraInfo(name: string, fallback?: unknown): unknown;
  /** Whether {@link close} was called, or the connection is lost. */
  isClosing(): boolean;
  /** Receives no more, sends what is left, then closes and calls `connectionLost(null)`. Closing twice is harmless. */
  close(): void;
  /** Whom this transport calls. */
  getProtocol(): BaseProtocol;
  /** Calls another protocol from now on; `connectionMade` is not called again. Both must be of the same kind of transport. */
  setProtocol(protocol: BaseProtocol): void;
  /** As {@link close}: `using transport = …`. */
  [Symbol.dispose](): void;
}

/** What all protocols have. `asyncio.BaseProtocol` of CPython 3.13. Every method does nothing unless overridden. */
export abstract class BaseProtocol {
  /**
   * The connection is there. Keep the transport: it is how to answer.
   * @param _transport a {@link Transport}, {@link DatagramTransport}, {@link ReadTransport} or {@link WriteTransport}
   */
  connectionMade(_transport: BaseTransport): void {}

  /**
   * The connection is gone; nothing else will be called.
   * @param _error what ended it; `null` when this side closed it, or the other side did in order
   */
  connectionLost(_error: Error | null): void {}

  /** The transport holds more than its high-water mark of unsent bytes: stop writing, what comes is only held in memory. */
  pauseWriting(): void {}

  /** The transport is down to its low-water mark: write on. */
  resumeWriting(): void {}
}
