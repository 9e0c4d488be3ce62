/**
 * When a protocol must stop writing. Between the marks nothing is said, so that a protocol is not paused and
 * resumed with every message.
 *
 * | state   | unsent bytes rise above `high`   | fall to `low` or below              |
 * |---------|----------------------------------|-------------------------------------|
 * | flowing | pauseWriting() → paused          | –                                   |
 * | paused  | –                                | resumeWriting() → flowing           |
 */

import { inspect } from 'node:util';
import { requireOptions } from '../base/arguments.ts';
import { isInterrupt } from '../coroutines/thrown.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { watchReturned } from './async-callback.ts';
import { type BaseProtocol, reportProtocolError } from './base.ts';
import type { WriteBufferLimits } from './transport.ts';

/** asyncio's default. */
export const DEFAULT_HIGH_BYTES: number = 64 * 1024;

/** What flow control needs of its transport. */
export interface FlowControlled {
  readonly loop: LoopCore;
  getProtocol(): BaseProtocol;
  getWriteBufferSize(): number;
}

export class FlowControl {
  high = DEFAULT_HIGH_BYTES;
  low = DEFAULT_HIGH_BYTES / 4;
  /** Whether the protocol has been told to pause. */
  paused = false;
  private readonly transport: FlowControlled;

  constructor(transport: FlowControlled) {
    this.transport = transport;
  }

  setLimits(limits: WriteBufferLimits = {}): void {
    requireOptions('setWriteBufferLimits', 'setWriteBufferLimits({ high: 65536 })', limits);
    const high = limits.high ?? (limits.low === undefined ? DEFAULT_HIGH_BYTES : 4 * limits.low);
    const low = limits.low ?? Math.floor(high / 4);
    const areNumbers = typeof low === 'number' && typeof high === 'number';
    if (!(areNumbers && low >= 0 && high >= low)) {
      throw new RangeError(
        `setWriteBufferLimits: expected 0 <= low <= high, got low ${inspect(low)} and high ${inspect(high)}`,
      );
    }
    this.high = high;
    this.low = low;
    this.pauseIfFull();
  }

  /** The queue has grown. */
  pauseIfFull(): void {
    if (this.paused || this.transport.getWriteBufferSize() <= this.high) return;
    this.paused = true;
    try {
      this.watch('pauseWriting', this.transport.getProtocol().pauseWriting());
    } catch (error) {
      this.report('pauseWriting', error);
    }
  }

  /** Whether {@link resumeIfDrained} would call the protocol. */
  isDrained(): boolean {
    return this.paused && this.transport.getWriteBufferSize() <= this.low;
  }

  /** The queue has shrunk. */
  resumeIfDrained(): void {
    if (!this.isDrained()) return;
    this.paused = false;
    try {
      this.watch('resumeWriting', this.transport.getProtocol().resumeWriting());
    } catch (error) {
      this.report('resumeWriting', error);
    }
  }

  private watch(call: string, returned: unknown): void {
    if (returned === undefined) return;
    watchReturned(this.transport.loop, call, returned, (error) => this.report(call, error));
  }

  private report(call: string, error: unknown): void {
    if (isInterrupt(error)) throw error;
    const { transport } = this;
    reportProtocolError(transport.loop, transport, call, error);
  }
}
