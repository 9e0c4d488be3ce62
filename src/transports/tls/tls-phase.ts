/** Where a TLS connection is in its life, and how long it may stay there. */

import { type TimeoutError, timedOut } from '../../base/errors.ts';
import type { LoopCore } from '../../loop/loop-core.ts';
import type { TimerHandle } from '../../loop/timer-handle.ts';

/** The states, with what they mean, are in the table of `TlsConnection`. */
type State = 'new' | 'handshaking' | 'open' | 'closing' | 'lost';

export class TlsPhase {
  state: State = 'new';
  private readonly loop: LoopCore;
  private readonly onTimeout: (error: TimeoutError) => void;
  private deadline: TimerHandle | null = null;

  /** @param onTimeout called when a phase has not ended in time */
  constructor(loop: LoopCore, onTimeout: (error: TimeoutError) => void) {
    this.loop = loop;
    this.onTimeout = onTimeout;
  }

  get isHandshaking(): boolean {
    return this.state === 'handshaking';
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

  /** Leaves the phase before, and its time limit. */
  enter(state: State): void {
    this.state = state;
    this.deadline?.cancel();
    this.deadline = null;
  }

  /** Enters a phase that must end in time. @param what for the error: `TLS handshake with example.com` */
  enterFor(state: State, timeoutMs: number, what: string): void {
    this.enter(state);
    this.deadline = this.loop.callLater(timeoutMs, () => this.onTimeout(timedOut(what, timeoutMs)));
  }
}
