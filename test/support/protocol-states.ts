/**
 * The states of a protocol, as the table in src/transports/protocol.ts has them: a test with a call out of
 * turn fails.
 */
import type { BaseTransport } from '../../src/transports/base.ts';
import { onTeardown } from './teardown.ts';

export type ProtocolCall = 'made' | 'data' | 'eof' | 'lost' | 'pause' | 'resume';

export class ProtocolStates {
  private state: 'new' | 'open' | 'half open' | 'lost' = 'new';
  private writingPaused = false;
  private readonly wrong: string[] = [];
  private readonly calls: ProtocolCall[] = [];

  constructor() {
    onTeardown(() => {
      if (this.wrong.length > 0) throw new Error(`protocol calls out of turn: ${this.wrong.join('; ')}`);
    });
  }

  /** The last state is reached: the connection was made, and lost. */
  get isLost(): boolean {
    return this.state === 'lost';
  }

  /** To be told of each call; `transport` once it is known. */
  enter(call: ProtocolCall, transport?: BaseTransport): void {
    this.calls.push(call);
    // Put in by setProtocol(): its connection was made with another one.
    if (this.state === 'new' && transport === undefined) this.state = 'open';
    const { state, writingPaused } = this;
    switch (call) {
      case 'made':
        this.require(state === 'new', call);
        this.state = 'open';
        return;
      case 'data':
        this.require(state === 'open', call);
        this.require((transport as { isReading?(): boolean } | undefined)?.isReading?.() !== false, call);
        return;
      case 'eof':
        this.require(state === 'open', call);
        this.state = 'half open';
        return;
      case 'lost':
        this.require(state === 'open' || state === 'half open', call);
        this.state = 'lost';
        return;
      case 'pause':
      case 'resume':
        this.require(
          (state === 'open' || state === 'half open') && writingPaused === (call === 'resume'),
          call,
        );
        this.writingPaused = call === 'pause';
    }
  }

  private require(isRight: boolean, call: string): void {
    if (!isRight) this.wrong.push(`${call} when ${this.state} (after ${this.calls.slice(-12).join(' ')})`);
  }
}
