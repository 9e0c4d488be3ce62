/** What all transports and all protocols have. The two know each other, so they stand together. */

import type { PeerCertificate } from 'node:tls';
import type { Address } from '../addresses/address.ts';
import { describeValue } from '../coroutines/misuse.ts';
import { isPromiseLike } from '../futures/promise-bridge.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { Socket } from '../sockets/socket.ts';
import type { SSLContext } from '../tls/ssl-context.ts';
import type { SSLInfo } from '../tls/ssl-info.ts';

/** What {@link BaseTransport.getExtraInfo} knows, by name. */
export interface ExtraInfo {
  /**
   * The socket itself, for its options and names. Receiving or sending on it would steal the transport's
   * bytes.
   */
  readonly socket: Socket;
  /** This side's address. */
  readonly sockname: Address | null;
  /** The peer's address; `null` if there is none. */
  readonly peername: Address | null;
  /** Of a pipe's transport: the pipe, as it was given. */
  readonly pipe: unknown;
  /** With TLS: the context. */
  readonly sslcontext: SSLContext;
  /** With TLS: what is known of the connection. */
  readonly sslObject: SSLInfo;
  /** With TLS: the peer's certificate. */
  readonly peercert: PeerCertificate;
  /** With TLS: the cipher's name, the version of TLS that defined it, its secret bits. */
  readonly cipher: [name: string, version: string, bits: number];
  /** With TLS: always `null`. */
  readonly compression: null;
}

/** What all transports have. `asyncio.BaseTransport` of CPython 3.13. */
export interface BaseTransport {
  /**
   * What is known of the connection: `socket`, `sockname`, `peername`, or `pipe`; with TLS also `sslcontext`,
   * `sslObject`, `peercert`, `cipher`, `compression`. `fallback`, by default `null`, for what is not known.
   */
  getExtraInfo<K extends keyof ExtraInfo>(name: K): ExtraInfo[K] | null;
  getExtraInfo(name: string, fallback?: unknown): unknown;
  /** Whether {@link close} was called, or the connection is lost. */
  isClosing(): boolean;
  /**
   * Receives no more, sends what is left, then closes and calls `connectionLost(null)`. Closing twice is
   * harmless.
   */
  close(): void;
  /** The protocol that this transport calls. */
  getProtocol(): BaseProtocol;
  /**
   * Calls another protocol from now on, without a new `connectionMade`. Both must serve the same kind of
   * transport.
   */
  setProtocol(protocol: BaseProtocol): void;
  /** As {@link close}: `using transport = …`. */
  [Symbol.dispose](): void;
}

/**
 * Checks what a protocol factory or a caller gives as a protocol.
 * @throws TypeError for anything but an object, and for a Promise
 */
export function requireProtocol<P extends BaseProtocol>(call: string, protocol: P): P {
  if (typeof protocol !== 'object' || protocol === null || isPromiseLike(protocol)) {
    const remedy = isPromiseLike(protocol)
      ? ' A protocol factory is a plain function, not an async one.'
      : '';
    throw new TypeError(`${call}: a protocol is needed, got ${describeValue(protocol)}.${remedy}`);
  }
  return protocol;
}

/** Tells the loop what a method of a transport's protocol threw, or what came of what it returned. */
export function reportProtocolError(
  loop: LoopCore,
  transport: Pick<BaseTransport, 'getProtocol'>,
  call: string,
  exception: unknown,
): void {
  loop.callExceptionHandler({
    message: `protocol.${call}() failed`,
    exception,
    transport,
    protocol: transport.getProtocol(),
  });
}

/**
 * Checks a protocol factory that is called later, with each connection: nobody would hear of a wrong one
 * before.
 * @throws TypeError for anything but a function that can be called
 */
export function requireFactory(call: string, factory: unknown): void {
  const isClass = typeof factory === 'function' && /^class\b/.test(Function.prototype.toString.call(factory));
  if (typeof factory === 'function' && !isClass) return;
  const form = isClass ? `() => new ${factory.name || 'MyProtocol'}()` : '() => new MyProtocol()';
  const got = isClass ? `class ${factory.name}` : describeValue(factory);
  throw new TypeError(`${call}: a function that makes a protocol is needed, got ${got}. Write ${form}.`);
}

/**
 * What all protocols have. `asyncio.BaseProtocol` of CPython 3.13. Every method does nothing unless
 * overridden.
 */
export abstract class BaseProtocol {
  /**
   * The connection is there. Keep the transport: it is how to answer.
   * @param _transport a {@link Transport}, {@link DatagramTransport}, {@link ReadTransport} or {@link
   *   WriteTransport}
   */
  connectionMade(_transport: BaseTransport): void {}

  /**
   * The connection is gone; nothing else will be called.
   * @param _error what ended it; `null` when this side closed it, or the peer closed it cleanly
   */
  connectionLost(_error: Error | null): void {}

  /**
   * The transport holds more than its high-water mark of unsent bytes: stop writing, what comes is only held
   * in memory.
   */
  pauseWriting(): void {}

  /** The transport is down to its low-water mark: write on. */
  resumeWriting(): void {}
}
