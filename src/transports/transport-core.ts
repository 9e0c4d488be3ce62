/**
 * The life of a transport, whatever it transports.
 *
 * | state    | entered by                      | closing | lost | protocol is called   | leaves to          |
 * |----------|---------------------------------|---------|------|----------------------|--------------------|
 * | starting | construction                    | false   | no   | connectionMade, next | open               |
 * | open     | connectionMade was called       | false   | no   | as things happen     | flushing, ending   |
 * | flushing | close() with unsent bytes       | true    | no   | resumeWriting        | ending, in the end |
 * | ending   | close(), abort(), a fatal error | true    | yes  | connectionLost, next | closed             |
 * | closed   | connectionLost was called       | true    | yes  | not any more         | –                  |
 *
 * Invariant: connectionMade is called once, connectionLost once after it, and the descriptor is released
 * right after that; or at once, with neither, when the loop is closed.
 *
 * The ways to end:
 *
 * | method      | who calls it                       | unsent bytes | connectionLost       |
 * |-------------|------------------------------------|--------------|----------------------|
 * | close       | the program                        | are sent     | in a turn of its own |
 * | abort       | the program                        | are dropped  | in a turn of its own |
 * | fatalError  | a failed call or protocol          | are dropped  | in a turn of its own |
 * | endNow      | the last unsent byte has gone      | –            | at once              |
 * | releaseNow  | the loop is closing                | are dropped  | not at all           |
 */

import {
  type Context,
  currentContext,
  enterContext,
  leaveContext,
  snapshotContext,
} from '../base/context.ts';
import { OSError } from '../base/errors.ts';
import { asError, isInterrupt } from '../coroutines/thrown.ts';
import type { Future } from '../futures/future.ts';
import { usedBy } from '../loop/descriptor-errors.ts';
import type { IoSlot, SlotOwner } from '../loop/io-slot.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { watchReturned } from './async-callback.ts';
import { type BaseProtocol, type BaseTransport, reportProtocolError, requireProtocol } from './base.ts';
import { DEFAULT_HIGH_BYTES, FlowControl } from './flow-control.ts';
import { forgetOpen, type OpenResource, rememberOpen } from './open-resources.ts';
import type { WriteBufferLimits } from './transport.ts';

/**
 * Writes to a lost connection that are ignored before one is reported, for a program that does not notice.
 * asyncio's.
 */
export const LOST_WRITES_REPORTED = 5;

export abstract class TransportCore implements BaseTransport, OpenResource, SlotOwner {
  /** @internal */
  readonly loop: LoopCore;
  /** @internal What the loop knows of the descriptor. */
  readonly slot: IoSlot;
  /** @internal The context that the protocol is called in: a shared one, until a callback sets a variable. */
  context: Context = snapshotContext();
  protected protocol: BaseProtocol;
  protected closing = false;
  protected lost = false;
  private released = false;
  private lostWriteCount = 0;
  private flowControl: FlowControl | null = null;
  /** @internal */
  previousOpen: OpenResource | null = null;
  /** @internal */
  nextOpen: OpenResource | null = null;

  constructor(loop: LoopCore, slot: IoSlot, protocol: BaseProtocol) {
    loop.checkUsable('new transport');
    this.loop = loop;
    if (slot.owner !== null) throw usedBy('new transport', slot);
    this.slot = slot;
    this.protocol = requireProtocol('new transport', protocol);
    slot.owner = this;
    rememberOpen(loop, this);
  }

  /** How many bytes are not sent. */
  abstract getWriteBufferSize(): number;
  /** What {@link getExtraInfo} knows, also when the descriptor is closed; nothing or `null` for all else. */
  protected abstract info(name: string): unknown;
  /** Called after connectionMade, unless that has closed the transport. */
  protected abstract beginReading(): void;
  /** Receives no more. */
  protected abstract stopReading(): void;
  /** Forgets what is not sent, and sends no more. */
  protected abstract discardWrites(): void;
  /** Closes the descriptor. */
  protected abstract releaseDescriptor(): void;

  getExtraInfo(name: string, fallback: unknown = null): never {
    // The interface knows the types by name; here they are just values.
    return (this.info(name) ?? fallback) as never;
  }

  getProtocol(): BaseProtocol {
    return this.protocol;
  }

  setProtocol(protocol: BaseProtocol): void {
    this.protocol = requireProtocol('setProtocol', protocol);
  }

  /** @internal Made when it is needed first: few connections ever have unsent bytes. */
  get flow(): FlowControl {
    this.flowControl ??= new FlowControl(this);
    return this.flowControl;
  }

  /** @internal How many unsent bytes it holds before its protocol is paused. */
  get highBytes(): number {
    return this.flowControl === null ? DEFAULT_HIGH_BYTES : this.flowControl.high;
  }

  getWriteBufferLimits(): [low: number, high: number] {
    return [this.flow.low, this.flow.high];
  }

  setWriteBufferLimits(limits?: WriteBufferLimits): void {
    // What is collected was written under the old marks.
    this.getWriteBufferSize();
    this.flow.setLimits(limits);
  }

  isClosing(): boolean {
    return this.closing;
  }

  close(): void {
    if (this.closing) return;
    this.closing = true;
    this.stopReading();
    if (!this.hasUnsent()) this.endSoon(null);
  }

  abort(): void {
    this.forceClose(null);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** What it is, and what it is doing. */
  abstract toString(): string;

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  /** @internal The descriptor was closed by other code. */
  closed(error: Error): void {
    this.forceClose(error);
  }

  /** @internal */
  describe(): string {
    return `the transport of ${this.slot.describe()}`;
  }

  /**
   * @internal Ends a turn that began with `enterContext(transport.context)`: what a callback has set stays
   *   set for the next one.
   */
  leaveTurn(previous: Context): void {
    this.context = currentContext();
    leaveContext(previous);
  }

  /** @internal */
  releaseNow(): void {
    this.closing = true;
    this.lost = true;
    this.release();
  }

  /** Whether close() has to wait for something that is to be sent. */
  protected hasUnsent(): boolean {
    return this.getWriteBufferSize() > 0;
  }

  /** Queues connectionMade, then the beginning of reading, then the result of `waiter`. */
  protected startSoon(waiter: Future<void> | null): void {
    this.loop.callSoon(() => this.takeTurn(() => this.start(waiter)));
  }

  /**
   * Ends the transport because of `error`. What the system says is for the protocol alone; other errors are
   * reported.
   */
  protected fatalError(error: unknown, message: string): void {
    if (isInterrupt(error)) throw error;
    if (this.lost) return;
    const reason = asError(error);
    if (!(reason instanceof OSError)) {
      this.loop.callExceptionHandler({
        message,
        exception: error,
        transport: this,
        protocol: this.protocol,
      });
    }
    this.forceClose(reason);
  }

  /** Ends the transport now; unsent bytes are dropped. */
  protected forceClose(error: Error | null): void {
    if (this.lost) return;
    this.closing = true;
    // Before the rest: a send that fails in there is not what it ends with.
    this.lost = true;
    this.stopReading();
    this.discardWrites();
    this.endSoon(error);
  }

  /** Queues connectionLost. */
  protected endSoon(error: Error | null): void {
    this.lost = true;
    this.loop.callSoon(() => this.takeTurn(() => this.end(error)));
  }

  /** Everything is sent that was to be sent before the end. In the transport's turn. */
  protected endNow(): void {
    this.lost = true;
    this.end(null);
  }

  /** Calls a method of the protocol whose errors have no connection to end. */
  protected callProtocol(call: string, act: () => unknown): void {
    try {
      this.returnedBy(call, act());
    } catch (error) {
      if (isInterrupt(error)) throw error;
      this.callFailed(call, error);
    }
  }

  /** What a method of the protocol returned whose errors have no connection to end. */
  protected returnedBy(call: string, returned: unknown): void {
    if (returned === undefined) return;
    watchReturned(this.loop, call, returned, (error) => this.callFailed(call, error));
  }

  /** What it threw, or what came of what it returned. */
  protected callFailed(call: string, exception: unknown): void {
    reportProtocolError(this.loop, this, call, exception);
  }

  /**
   * As {@link callProtocol}, for what dataReceived and bufferUpdated returned: their errors end the
   * connection.
   */
  protected receivedBy(call: string, returned: unknown): void {
    watchReturned(this.loop, call, returned, (error) =>
      this.fatalError(error, `Fatal error: protocol.${call}() call failed.`),
    );
  }

  /**
   * @internal A write after the end. Silent for a while: a protocol may not have heard of the end yet. Silent
   * always while it still gets what had arrived before a send failed: then it cannot have heard.
   */
  noteLostWrite(): void {
    if (!this.closing) return;
    this.lostWriteCount++;
    if (this.lostWriteCount !== LOST_WRITES_REPORTED) return;
    this.loop.callExceptionHandler({
      message:
        `write() was called ${LOST_WRITES_REPORTED} times on a transport that is closed; ` +
        'the bytes are dropped',
      transport: this,
      protocol: this.protocol,
    });
  }

  /** In a few words, for messages. */
  protected describeState(): string {
    if (this.released) return 'closed';
    return this.closing ? 'closing' : 'open';
  }

  protected takeTurn(act: () => void): void {
    const previous = enterContext(this.context);
    try {
      act();
    } finally {
      this.leaveTurn(previous);
    }
  }

  private start(waiter: Future<void> | null): void {
    if (this.released) return;
    this.callProtocol('connectionMade', () => this.protocol.connectionMade(this));
    try {
      if (!this.closing) this.beginReading();
    } catch (error) {
      this.fatalError(error, 'Fatal error: the descriptor cannot be waited for');
    }
    if (waiter !== null && !waiter.done()) waiter.setResult();
  }

  private end(error: Error | null): void {
    if (this.released) return;
    try {
      this.callProtocol('connectionLost', () => this.protocol.connectionLost(error));
    } finally {
      this.release();
    }
  }

  private release(): void {
    if (this.released) return;
    this.released = true;
    forgetOpen(this.loop, this);
    this.slot.owner = null;
    try {
      this.releaseDescriptor();
    } catch (error) {
      // A file object's own close() may throw anything.
      if (isInterrupt(error)) throw error;
      this.loop.callExceptionHandler({
        message: 'Closing a descriptor failed',
        exception: error,
        transport: this,
      });
    }
  }
}
