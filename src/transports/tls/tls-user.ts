/** The program's side of a TLS connection: its protocol, and the future that waits for the handshake. */

import { Arena } from '../../base/arena.ts';
import { ClosedResourceError, OSError } from '../../base/errors.ts';
import { asError, isInterrupt } from '../../coroutines/thrown.ts';
import type { Future } from '../../futures/future.ts';
import type { LoopCore } from '../../loop/loop-core.ts';
import type { TlsEngine } from '../../tls/engine.ts';
import { requireAnswer, watchReturned } from '../async-callback.ts';
import type { BaseProtocol } from '../base.ts';
import { isBufferedProtocol, type Protocol, type StreamProtocol } from '../protocol.ts';
import { bufferOf } from '../protocol-buffer.ts';
import type { Transport } from '../transport.ts';
import { LOST_WRITES_REPORTED } from '../transport-core.ts';

/** The most that a record can hold; reading into less would cut messages in two. */
const RECORD_BYTES = 16 * 1024;

const BLOCK_BYTES = 128 * 1024;

/** Plaintext of all connections of this thread, handed to protocols without a copy. */
const plaintext = new Arena({ blockByteCount: BLOCK_BYTES, largeBlockByteCount: BLOCK_BYTES });

/** What a {@link TlsUser} can be made with besides its protocol. */
export interface TlsUserOptions {
  /** Completed after the handshake and connectionMade, or failed. */
  readonly waiter?: Future<void> | undefined;
  /** Whether the protocol knows of the connection already. Default: false. */
  readonly isConnected?: boolean | undefined;
}

export class TlsUser {
  protocol: BaseProtocol;
  readonly loop: LoopCore;
  private readonly transport: Transport;
  private waiter: Future<void> | null;
  /** Whether the protocol knows of the connection. */
  private connected: boolean;
  private lostWriteCount = 0;

  constructor(loop: LoopCore, transport: Transport, protocol: BaseProtocol, options: TlsUserOptions) {
    this.loop = loop;
    this.transport = transport;
    this.protocol = protocol;
    this.waiter = options.waiter ?? null;
    this.connected = options.isConnected ?? false;
  }

  /** The handshake is done: tells the protocol. */
  tellConnected(): void {
    if (this.connected) return;
    this.connected = true;
    this.call('connectionMade', () => this.protocol.connectionMade(this.transport));
  }

  /** The handshake is done: completes the waiter. */
  wakeWaiter(): void {
    const { waiter } = this;
    this.waiter = null;
    if (waiter !== null && !waiter.done()) waiter.setResult();
  }

  /**
   * Hands on what the engine has decrypted, as one piece.
   * @returns how many bytes; 0: the peer sends no more; `WANT`
   * @throws SSLError; what the protocol throws
   */
  deliver(engine: TlsEngine): number {
    const protocol = this.protocol as StreamProtocol;
    if (isBufferedProtocol(protocol)) {
      const buffer = bufferOf(protocol);
      const result = engine.read(buffer, 0, buffer.length);
      if (result > 0)
        this.receivedBy('bufferUpdated', this.loop.io.arena.lent.tellOf(buffer, result, protocol));
      return result;
    }
    const result = this.drop(engine);
    if (result > 0)
      this.receivedBy('dataReceived', (protocol as Protocol).dataReceived(plaintext.take(result)));
    return result;
  }

  /** An async function's error ends the connection, as one that is thrown at once does. */
  private receivedBy(call: string, returned: unknown): void {
    if (returned === undefined) return;
    watchReturned(this.loop, call, returned, (error) => {
      this.tellHandler(`protocol.${call}() failed`, error);
      this.transport.abort();
    });
  }

  /** As {@link deliver}, for a protocol that wants nothing more. */
  drop(engine: TlsEngine): number {
    const room = plaintext.reserve(RECORD_BYTES);
    return engine.read(plaintext.block, plaintext.used, room);
  }

  /** The peer sends no more. Returns whether the protocol wants to go on. */
  tellEof(): boolean {
    let keepOpen = false;
    this.call('eofReceived', () => {
      keepOpen = requireAnswer((this.protocol as StreamProtocol).eofReceived());
    });
    return keepOpen;
  }

  /** The connection is gone. */
  tellLost(reason: Error | null): void {
    const { connected } = this;
    this.connected = false;
    try {
      if (connected) this.call('connectionLost', () => this.protocol.connectionLost(reason));
    } finally {
      this.failWaiter(reason);
    }
  }

  /** There will be no connection. */
  failWaiter(reason: Error | null): void {
    const { waiter } = this;
    this.waiter = null;
    if (waiter === null || waiter.done()) return;
    waiter.setException(reason ?? new ClosedResourceError('the TLS handshake was aborted on this side'));
  }

  /** A write after the end. Silent for a while: the protocol may not have heard of the end yet. */
  noteLostWrite(): void {
    this.lostWriteCount++;
    if (this.lostWriteCount !== LOST_WRITES_REPORTED) return;
    this.tellHandler(
      `write() was called ${LOST_WRITES_REPORTED} times on a transport that is closed; the bytes are dropped`,
    );
  }

  /**
   * An error has ended the connection. What the system or TLS says is for the protocol alone; others are
   * mistakes.
   */
  report(error: unknown): void {
    if (!(asError(error) instanceof OSError)) this.tellHandler('Fatal error on a TLS transport', error);
  }

  /** A client's handshake has failed. Anybody can make it fail: it is reported in debug mode only. */
  reportHandshake(error: Error): void {
    if (this.loop.getDebug()) this.tellHandler('TLS handshake failed', error);
  }

  private call(call: string, act: () => unknown): void {
    const failed = (error: unknown): void => this.tellHandler(`protocol.${call}() failed`, error);
    try {
      const returned = act();
      if (returned !== undefined) watchReturned(this.loop, call, returned, failed);
    } catch (error) {
      if (isInterrupt(error)) throw error;
      failed(error);
    }
  }

  private tellHandler(message: string, exception?: unknown): void {
    const { loop, transport, protocol } = this;
    loop.callExceptionHandler({ message, exception, transport, protocol });
  }
}
