/** The program's side of a TLS connection: its protocol, and who waits for the handshake. */

import { ClosedResourceError, KeyboardInterrupt, OSError } from '../../base/errors.ts';
import type { Future } from '../../futures/future.ts';
import type { LoopCore } from '../../loop/loop-core.ts';
import type { BaseProtocol } from '../base.ts';
import type { StreamProtocol } from '../protocol.ts';
import type { Transport } from '../transport.ts';

export class TlsUser {
  protocol: BaseProtocol;
  private readonly loop: LoopCore;
  private waiter: Future<void> | null;
  /** Whether the protocol knows of the connection. */
  private connected: boolean;

  /** @param connected whether the protocol need not be told of the connection */
  constructor(loop: LoopCore, protocol: BaseProtocol, waiter: Future<void> | null, connected: boolean) {
    this.loop = loop;
    this.protocol = protocol;
    this.waiter = waiter;
    this.connected = connected;
  }

  /** The handshake is done: tells the protocol. */
  tellConnected(transport: Transport): void {
    if (this.connected) return;
    this.connected = true;
    this.call('connectionMade', transport, () => this.protocol.connectionMade(transport));
  }

  /** The handshake is done: tells who waits. */
  wakeWaiter(): void {
    const { waiter } = this;
    this.waiter = null;
    if (waiter !== null && !waiter.done()) waiter.setResult();
  }

  /** The other side sends no more. Returns whether the protocol wants to go on. */
  tellEof(transport: Transport): boolean {
    let keepOpen: unknown = false;
    this.call('eofReceived', transport, () => {
      keepOpen = (this.protocol as StreamProtocol).eofReceived();
    });
    return Boolean(keepOpen);
  }

  /** The connection is gone. */
  tellLost(transport: Transport, reason: Error | null): void {
    const { connected } = this;
    this.connected = false;
    try {
      if (connected) this.call('connectionLost', transport, () => this.protocol.connectionLost(reason));
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

  /** A call of the protocol has failed, and ends the connection. What the system or TLS says is for the protocol alone. */
  report(transport: Transport, error: unknown): void {
    if (error instanceof OSError) return;
    const message = 'Fatal error: a call of the protocol of a TLS transport failed';
    this.loop.callExceptionHandler({ message, exception: error, transport, protocol: this.protocol });
  }

  /** A client's handshake has failed. Anybody can make it fail: in debug mode only, it is worth a word. */
  reportHandshake(transport: Transport, error: Error): void {
    if (!this.loop.getDebug()) return;
    this.loop.callExceptionHandler({ message: 'TLS handshake failed', exception: error, transport });
  }

  private call(call: string, transport: Transport, act: () => void): void {
    try {
      act();
    } catch (error) {
      if (error instanceof KeyboardInterrupt) throw error;
      const message = `protocol.${call}() failed`;
      this.loop.callExceptionHandler({ message, exception: error, transport, protocol: this.protocol });
    }
  }
}
