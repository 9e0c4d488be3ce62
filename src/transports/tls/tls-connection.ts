/**
 * A TLS connection between two transports: one below, which carries ciphertext and calls its `TlsProtocol`,
 * and the `TlsTransport` above, which the program uses. This is the machine between the two; asyncio's
 * `SSLProtocol`, except where noted.
 *
 * | state       | entered by         | bytes from below            | write()   | leaves to                     |
 * |-------------|--------------------|-----------------------------|-----------|-------------------------------|
 * | new         | construction       | –                           | queued    | handshaking                   |
 * | handshaking | connectionMade     | the handshake               | queued    | open; lost: failed, timed out |
 * | open        | handshake done     | plaintext, for the protocol | encrypted | closing; lost                 |
 * | closing     | close()            | dropped, to close_notify    | dropped   | lost: both ended, timed out   |
 * | lost        | abort(), an error, | dropped                     | dropped   | –                             |
 * |             | the end            |                             |           |                               |
 *
 * Everything that happens ends in one call, {@link TlsConnection.progress}: the engine goes as far as it can
 * with the bytes it has, its plaintext goes up, and what it says itself goes down.
 *
 * A protocol that has paused gets nothing. The transport below is paused too, so little is kept meanwhile: a
 * record or two in the engine, and in the intake what one receive brought after that. The end of the bytes,
 * if it has come, follows it.
 *
 * Invariants: the program's connectionMade is called once, after the handshake (by `startTls` never);
 * eofReceived at most once; pauseWriting and resumeWriting alternate; connectionLost is called once and last.
 * Then the engine is released. An end of the bytes without close_notify is an error.
 *
 * Unlike in asyncio, eofReceived() may return true: this side can go on writing after the peer's
 * close_notify.
 */

import { ClosedResourceError } from '../../base/errors.ts';
import { asError, isInterrupt } from '../../coroutines/thrown.ts';
import type { LoopCore } from '../../loop/loop-core.ts';
import { TlsEngine, WANT } from '../../tls/engine.ts';
import { endOfBytes } from '../../tls/failure.ts';
import { SSLInfo } from '../../tls/ssl-info.ts';
import { forgetOpen, type OpenResource, rememberOpen } from '../open-resources.ts';
import { type StreamProtocol, takesLastBytes } from '../protocol.ts';
import type { Transport } from '../transport.ts';
import { type TakingConnection, TlsIntake } from './tls-intake.ts';
import type { ConnectionSoFar, TlsSettings } from './tls-options.ts';
import { TlsPhase } from './tls-phase.ts';
import { TlsSender } from './tls-sender.ts';
import { TlsUser, type TlsUserOptions } from './tls-user.ts';

export class TlsConnection implements OpenResource, TakingConnection {
  readonly loop: LoopCore;
  /** The transport that the program sees. */
  readonly transport: Transport;
  below: Transport | null = null;
  previousOpen: OpenResource | null = null;
  nextOpen: OpenResource | null = null;
  readonly settings: TlsSettings;
  readonly info: SSLInfo;
  readonly user: TlsUser;
  readonly sender: TlsSender;
  readonly phase: TlsPhase;
  private readonly engine: TlsEngine;
  private failure: Error | null = null;
  /** Whether the protocol wants nothing for now. */
  private paused = false;
  /** Whether the peer has said that it sends no more. */
  private peerEnded = false;
  private readonly intake: TlsIntake;
  /** Whether what is left is handed on now or never, paused or not. */
  private isLast = false;

  /** @throws TypeError, SSLError for settings that make no connection */
  constructor(
    loop: LoopCore,
    transport: Transport,
    protocol: StreamProtocol,
    settings: TlsSettings,
    options: TlsUserOptions,
  ) {
    this.loop = loop;
    this.transport = transport;
    this.settings = settings;
    this.engine = new TlsEngine(settings.context, settings);
    this.intake = new TlsIntake(this, this.engine);
    this.info = new SSLInfo(this.engine);
    this.user = new TlsUser(loop, transport, protocol, options);
    this.sender = new TlsSender(this.engine, this.user);
    this.phase = new TlsPhase(loop, (error) => this.fail(error));
    rememberOpen(loop, this);
  }

  /** Whether the peer sends no more. */
  get hasEnded(): boolean {
    return this.peerEnded || this.intake.hasEnded;
  }

  // From the transport below.

  /**
   * Begins the handshake.
   * @param below only whole connections are wrapped
   * @param soFar what was there, for a connection that has been used without TLS
   */
  begin(below: Transport, soFar: ConnectionSoFar | null): void {
    this.below = below;
    if (this.phase.state !== 'new') {
      below.abort();
      return;
    }
    this.sender.attach(below);
    this.phase.enterFor(
      'handshaking',
      this.settings.handshakeTimeoutMs,
      `TLS handshake ${this.engine.peer()}`,
    );
    this.guard(() => {
      this.progress();
      if (soFar !== null && soFar.received !== null) this.intake.take(soFar.received, soFar.received.length);
      if (soFar?.hasEnded === true) this.takeEnd();
    });
  }

  /** Bytes have come, in memory that others use afterwards. */
  receive(data: Uint8Array, byteCount: number): void {
    if (this.isOver) return;
    try {
      this.intake.take(data, byteCount);
      if (this.phase.isClosing) this.finishIfEnded();
    } catch (error) {
      this.broken(error);
    }
  }

  /**
   * No more bytes will come. The transport below stays open for what is to be sent: this decides when it
   * closes.
   */
  receiveEnd(): void {
    this.guard(() => this.takeEnd());
  }

  resumeWriting(): void {
    this.guard(() => this.sender.resume());
  }

  connectionLost(error: Error | null): void {
    const during = this.phase.isHandshaking ? endOfBytes('handshake', this.engine.peer()) : null;
    if (error !== null && takesLastBytes(this.user.protocol)) this.guard(() => this.deliverLast());
    this.phase.enter('lost');
    this.sender.discard();
    try {
      this.user.tellLost(this.failure ?? error ?? during);
    } finally {
      this.release();
    }
  }

  /** The loop is closing. */
  releaseNow(): void {
    this.phase.enter('lost');
    this.release();
  }

  // From the transport above.

  isReading(): boolean {
    return !this.phase.isClosing && !this.phase.isLost && !this.paused && !this.peerEnded;
  }

  pauseReading(): void {
    if (!this.isReading()) return;
    this.paused = true;
    if (this.phase.isOpen) this.below?.pauseReading();
  }

  resumeReading(): void {
    if (!this.paused) return;
    this.paused = false;
    // Later: the protocol is not called from within its own calls.
    if (this.phase.isOpen) this.loop.callSoon(() => this.guard(() => this.resume()));
  }

  write(data: Uint8Array): void {
    if (this.transport.isClosing()) {
      this.user.noteLostWrite();
      return;
    }
    try {
      this.sender.write(data);
    } catch (error) {
      this.broken(error);
    }
  }

  writeEof(): void {
    if (!this.phase.isClosing && !this.phase.isLost) this.guard(() => this.sender.end());
  }

  close(): void {
    if (this.phase.isClosing || this.phase.isLost) return;
    if (!this.phase.isOpen) {
      const when = `handshake ${this.engine.peer()}`;
      this.fail(new ClosedResourceError(`${when}: closed on this side before it was done`));
      return;
    }
    this.phase.enterFor('closing', this.settings.shutdownTimeoutMs, `TLS shutdown ${this.engine.peer()}`);
    this.guard(() => {
      this.sender.end();
      this.finishIfEnded();
      // The peer's end is waited for, also by a protocol that had paused.
      this.resume();
    });
  }

  abort(): void {
    if (this.phase.isLost) return;
    this.phase.enter('lost');
    this.below?.abort();
  }

  describe(): string {
    return `${this.phase.state} ${this.info.version() ?? ''} over ${this.below ?? 'nothing'}`;
  }

  // The machine.

  /**
   * Goes as far as the engine can: the handshake, then plaintext to the protocol, then what TLS has to say
   * itself.
   */
  progress(): void {
    if (this.phase.isHandshaking) this.shakeHands();
    if (!this.phase.isOpen && !this.phase.isClosing) return;
    this.deliver();
    this.sender.sendOwn();
  }

  private shakeHands(): void {
    const done = this.engine.handshake();
    this.sender.sendOwn();
    if (!done) return;
    this.phase.enter('open');
    this.sender.open();
    this.user.tellConnected();
    if (this.paused) this.below?.pauseReading();
    this.user.wakeWaiter();
    this.sender.flow.resumeIfDrained();
  }

  /** No more ciphertext will come. */
  private takeEnd(): void {
    this.intake.hasEnded = true;
    this.feedEnd();
  }

  /** Goes on after a pause, where it stopped. */
  private resume(): void {
    this.intake.catchUp();
    if (this.intake.hasEnded) this.feedEnd();
    else if (this.wantsData()) this.below?.resumeReading();
  }

  /** The connection has broken: hands on what had come before, as a transport without TLS does. */
  private deliverLast(): void {
    if (!this.phase.isOpen) return;
    this.isLast = true;
    this.intake.catchUp();
  }

  /** TakingConnection. What comes after close_notify nobody reads: the engine would keep it all. */
  get isOver(): boolean {
    return this.phase.isLost || this.peerEnded;
  }

  /** TakingConnection. */
  wantsData(): boolean {
    return !this.phase.isLost && (this.isLast || !(this.phase.isOpen && this.paused));
  }

  private feedEnd(): void {
    // Not before what came before it has been read.
    if (this.peerEnded || !this.intake.isEmpty || !this.wantsData()) return;
    // When this side wanted to end anyway, nothing can be missing.
    if (this.phase.isClosing || (this.phase.isOpen && this.settings.suppressRaggedEofs)) {
      this.endOfPeer();
      return;
    }
    this.engine.feedEnd();
    this.progress();
  }

  /** Hands on the plaintext that there is. @throws SSLError; what the protocol throws */
  private deliver(): void {
    while (!this.peerEnded && this.wantsData()) {
      const result = this.phase.isClosing ? this.user.drop(this.engine) : this.user.deliver(this.engine);
      if (result === WANT) return;
      if (result === 0) this.endOfPeer();
    }
  }

  private endOfPeer(): void {
    this.peerEnded = true;
    if (this.phase.isOpen && !this.user.tellEof()) this.close();
    this.finishIfEnded();
  }

  /**
   * Closes the transport below when both sides have said that they send no more. It sends what it has left.
   */
  private finishIfEnded(): void {
    if (this.phase.isClosing && this.sender.ended && this.peerEnded) this.below?.close();
  }

  /** Does `act`; what it throws ends the connection. */
  private guard(act: () => void): void {
    if (this.phase.isLost) return;
    try {
      act();
      if (this.phase.isClosing) this.finishIfEnded();
    } catch (error) {
      this.broken(error);
    }
  }

  private broken(error: unknown): void {
    if (isInterrupt(error)) throw error;
    this.user.report(error);
    this.fail(asError(error));
  }

  /** Ends the connection now. Something may have been encrypted for the peer all the same: an alert. */
  private fail(error: Error): void {
    if (this.phase.isLost) return;
    this.failure ??= error;
    if (this.phase.isHandshaking && this.settings.serverSide) this.user.reportHandshake(error);
    this.phase.enter('lost');
    this.sender.sendOwn();
    if (this.below === null) this.user.failWaiter(error);
    this.below?.abort();
  }

  private release(): void {
    forgetOpen(this.loop, this);
    this.info.keepAnswers();
    this.engine.close();
  }
}
