/**
 * TLS between a transport and a protocol: a protocol itself to the transport below, and the machine behind the transport that the
 * program sees. asyncio's `SSLProtocol`, but for what is said here.
 *
 * | state       | entered by                    | from below                     | write()   | leaves to                          |
 * |-------------|-------------------------------|--------------------------------|-----------|------------------------------------|
 * | new         | construction                  | –                              | kept      | handshaking                        |
 * | handshaking | connectionMade                | the handshake                  | kept      | open; lost, when it fails or takes too long |
 * | open        | the handshake is done         | plaintext, to the protocol     | encrypted | closing; lost                      |
 * | closing     | close()                       | dropped, but for close_notify  | dropped   | lost: all is sent, and the other side's end is there; or it takes too long |
 * | lost        | abort(), fail(), the end      | dropped                        | dropped   | –                                  |
 *
 * Invariants: the program's connectionMade is called once, after the handshake (with `startTls` never), connectionLost once after
 * it; the engine is released after that, whatever has happened. An end of the bytes without close_notify is an error.
 *
 * Other than in asyncio, eofReceived() may return true here too: this side can go on writing after the other one's close_notify.
 */

import { ClosedResourceError, KeyboardInterrupt } from '../../base/errors.ts';
import type { Future } from '../../futures/future.ts';
import type { LoopCore } from '../../loop/loop-core.ts';
import { TlsEngine } from '../../tls/engine.ts';
import { endOfBytes } from '../../tls/failure.ts';
import { SSLInfo } from '../../tls/ssl-info.ts';
import type { BaseTransport } from '../base.ts';
import { forgetOpen, type OpenResource, rememberOpen } from '../open-resources.ts';
import { BufferedProtocol, type StreamProtocol } from '../protocol.ts';
import { SocketTransport } from '../socket-transport.ts';
import type { Transport } from '../transport.ts';
import { TlsDeadline } from './tls-deadline.ts';
import { sharedReceiveBuffer } from './tls-memory.ts';
import type { TlsSettings } from './tls-options.ts';
import { type ReceivingMachine, TlsReceiver } from './tls-receiver.ts';
import { TlsSender } from './tls-sender.ts';
import { type TlsMachine, TlsTransport } from './tls-transport.ts';
import { TlsUser } from './tls-user.ts';

type State = 'new' | 'handshaking' | 'open' | 'closing' | 'lost';

/** What a {@link TlsProtocol} may be told besides its settings. */
export interface TlsProtocolOptions {
  /** Completed after the handshake and connectionMade, or failed. */
  readonly waiter?: Future<void> | undefined;
  /** Whether to call the program's connectionMade. Default: true. */
  readonly callConnectionMade?: boolean | undefined;
}

export class TlsProtocol extends BufferedProtocol implements TlsMachine, ReceivingMachine, OpenResource {
  readonly loop: LoopCore;
  /** The transport that the program sees. */
  readonly transport: TlsTransport;
  below: Transport | null = null;
  previousOpen: OpenResource | null = null;
  nextOpen: OpenResource | null = null;
  readonly settings: TlsSettings;
  readonly info: SSLInfo;
  readonly user: TlsUser;
  private readonly engine: TlsEngine;
  private readonly sender: TlsSender;
  private readonly receiver: TlsReceiver;
  private state: State = 'new';
  private readonly deadline: TlsDeadline;
  private failure: Error | null = null;

  /** @throws TypeError, SSLError for settings that make no connection */
  constructor(
    loop: LoopCore,
    protocol: StreamProtocol,
    settings: TlsSettings,
    options: TlsProtocolOptions = {},
  ) {
    super();
    this.loop = loop;
    this.settings = settings;
    this.engine = new TlsEngine(settings.context, settings);
    this.sender = new TlsSender(this.engine);
    this.receiver = new TlsReceiver(this.engine, this);
    this.info = new SSLInfo(this.engine);
    const isConnected = !(options.callConnectionMade ?? true);
    this.user = new TlsUser(loop, protocol, options.waiter ?? null, isConnected);
    this.deadline = new TlsDeadline(loop, (error) => this.fail(error));
    this.transport = new TlsTransport(this);
    rememberOpen(loop, this);
  }

  get isOpen(): boolean {
    return this.state === 'open';
  }

  get isClosing(): boolean {
    return this.state === 'closing';
  }

  get isLost(): boolean {
    return this.state === 'lost';
  }

  /** When this side wanted to end anyway, nothing can be missing. */
  get mayEndAnyhow(): boolean {
    return this.isClosing || (this.isOpen && this.settings.suppressRaggedEofs);
  }

  get unsentByteCount(): number {
    return this.sender.byteCount + (this.below?.getWriteBufferSize() ?? 0);
  }

  get isFull(): boolean {
    return this.sender.isFull(this.transport.flow.high);
  }

  /** @internal Transport below. */
  override connectionMade(below: BaseTransport): void {
    // Only whole connections are wrapped.
    this.below = below as Transport;
    if (this.state !== 'new') {
      this.below.abort();
      return;
    }
    this.sender.attach(this.below, below instanceof SocketTransport || below instanceof TlsTransport);
    const [low, high] = this.below.getWriteBufferLimits();
    this.transport.flow.setLimits({ low, high });
    this.state = 'handshaking';
    this.deadline.start(this.settings.handshakeTimeoutMs, `handshake ${this.engine.peer()}`);
    this.guard(() => this.progress());
  }

  /** @internal Transport below. */
  override getBuffer(_sizeHint: number): Uint8Array {
    return sharedReceiveBuffer();
  }

  /** @internal Transport below. */
  override bufferUpdated(byteCount: number): void {
    this.guard(() => this.receiver.take(sharedReceiveBuffer(), byteCount));
  }

  /** @internal Transport below. It stays open for what is to be sent: this decides when it closes. */
  override eofReceived(): boolean {
    this.guard(() => this.receiver.takeEnd());
    return true;
  }

  /** @internal Transport below. */
  override pauseWriting(): void {
    this.sender.pause();
    this.transport.flow.pauseIfFull();
  }

  /** @internal Transport below. */
  override resumeWriting(): void {
    this.guard(() => this.sender.resume());
    this.transport.flow.resumeIfDrained();
  }

  /** @internal Transport below. */
  override connectionLost(error: Error | null): void {
    const during = this.state === 'handshaking' ? endOfBytes('handshake', this.engine.peer()) : null;
    this.state = 'lost';
    this.deadline.stop();
    this.sender.discard();
    try {
      this.user.tellLost(this.transport, this.failure ?? error ?? during);
    } finally {
      this.release();
    }
  }

  /** @internal The loop is closing. */
  releaseNow(): void {
    this.state = 'lost';
    this.release();
  }

  isReading(): boolean {
    return !this.isClosing && !this.isLost && !this.receiver.paused;
  }

  pauseReading(): void {
    if (!this.isReading()) return;
    this.receiver.paused = true;
    if (this.isOpen) this.below?.pauseReading();
  }

  resumeReading(): void {
    if (!this.receiver.paused) return;
    this.receiver.paused = false;
    // Not now: the protocol is not called from within its own calls.
    if (this.isOpen) this.loop.callSoon(() => this.guard(() => this.receiver.resume()));
  }

  /** @internal */
  write(data: Uint8Array): void {
    if (this.isClosing || this.isLost) return;
    this.guard(() => this.sender.write(data));
    this.transport.flow.pauseIfFull();
  }

  /** @internal */
  writeEof(): void {
    if (!this.isClosing && !this.isLost) this.guard(() => this.sender.end());
  }

  /** @internal */
  close(): void {
    if (this.isClosing || this.isLost) return;
    if (!this.isOpen) {
      const when = `handshake ${this.engine.peer()}`;
      this.fail(new ClosedResourceError(`${when}: closed on this side before it was done`));
      return;
    }
    this.state = 'closing';
    this.deadline.start(this.settings.shutdownTimeoutMs, `shutdown ${this.engine.peer()}`);
    this.guard(() => {
      this.sender.end();
      this.finishIfEnded();
      // The end of the other side is waited for, also by a protocol that had paused.
      this.receiver.resume();
    });
  }

  /** @internal */
  abort(): void {
    if (this.isLost) return;
    this.state = 'lost';
    this.below?.abort();
  }

  /** @internal The engine has something new, or is asked for the first time. */
  progress(): void {
    if (this.state === 'handshaking') this.shakeHands();
    if (!this.isOpen && !this.isClosing) return;
    this.receiver.deliver();
    this.sender.sendOwn();
  }

  describe(): string {
    return `${this.state} ${this.info.version() ?? ''} over ${this.below ?? 'nothing'}`;
  }

  override toString(): string {
    return String(this.transport);
  }

  private shakeHands(): void {
    const done = this.engine.handshake();
    this.sender.sendOwn();
    if (!done) return;
    this.deadline.stop();
    this.state = 'open';
    this.sender.open();
    this.user.tellConnected(this.transport);
    if (this.receiver.paused) this.below?.pauseReading();
    this.user.wakeWaiter();
    this.transport.flow.resumeIfDrained();
  }

  /** @internal */
  otherSideEnded(): void {
    if (this.isOpen && !this.user.tellEof(this.transport)) this.close();
    this.finishIfEnded();
  }

  /** Closes the transport below when both sides have said that they send no more. It sends what it has left. */
  private finishIfEnded(): void {
    if (this.isClosing && this.sender.ended && this.receiver.ended) this.below?.close();
  }

  /** Does `act`; what it throws ends the connection. Bytes may have been encrypted for the other side all the same: an alert. */
  private guard(act: () => void): void {
    if (this.isLost) return;
    try {
      act();
      if (this.isClosing) this.finishIfEnded();
    } catch (error) {
      if (error instanceof KeyboardInterrupt) throw error;
      this.user.report(this.transport, error);
      this.fail(error instanceof Error ? error : new Error(String(error), { cause: error }));
    }
  }

  /** Ends the connection now. */
  private fail(error: Error): void {
    if (this.isLost) return;
    this.failure ??= error;
    if (this.state === 'handshaking' && this.settings.serverSide)
      this.user.reportHandshake(this.transport, error);
    this.state = 'lost';
    this.deadline.stop();
    this.sender.sendOwn();
    if (this.below === null) this.user.failWaiter(error);
    this.below?.abort();
  }

  private release(): void {
    this.deadline.stop();
    forgetOpen(this.loop, this);
    this.engine.close();
  }
}
