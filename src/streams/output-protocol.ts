/**
 * Behind a standard output: what is left to do when the run ends. It sends what has not been sent, and tells
 * of a failure that nobody has heard of.
 */

import type { Future } from '../futures/future.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { WritePipeTransport } from '../transports/write-pipe-transport.ts';
import { isDisconnect } from './is-disconnect.ts';
import { StreamReaderProtocol } from './stream-protocol.ts';
import { StreamReader } from './stream-reader.ts';

/** What one descriptor's outputs have left: it is opened anew when its writer was closed, or has failed. */
export class OutputDuties {
  readonly open = new Set<WritePipeTransport>();
  /** The first failure that no await has thrown, such as ENOSPC. A reader that went away is none. */
  failure: Error | null = null;

  /** The loop is closing. */
  finish(loop: LoopCore): void {
    for (const transport of this.open) {
      const error = transport.finishNow();
      if (!isDisconnect(error)) this.failure ??= error;
    }
    if (this.failure === null) return;
    loop.callExceptionHandler({
      message: 'What was written to a standard output is not all there',
      exception: this.failure,
    });
  }
}

export class OutputProtocol extends StreamReaderProtocol {
  private readonly duties: OutputDuties;
  private transport: WritePipeTransport | null = null;

  constructor(loop: LoopCore, duties: OutputDuties) {
    super(new StreamReader({ loop }), { loop });
    this.duties = duties;
  }

  /** From now on the end of the run waits for it. */
  begin(transport: WritePipeTransport): void {
    this.transport = transport;
    this.duties.open.add(transport);
  }

  override connectionLost(error: Error | null): void {
    if (this.transport !== null) this.duties.open.delete(this.transport);
    if (error !== null && !this.isAwaited && !isDisconnect(error)) this.duties.failure ??= error;
    super.connectionLost(error);
  }

  override waitForRoom(): Future<void> | null {
    this.noteTold();
    return super.waitForRoom();
  }

  override waitForEnd(): Future<void> {
    this.noteTold();
    return super.waitForEnd();
  }

  /** Whoever asks now gets the error. */
  private noteTold(): void {
    if (this.lost) this.duties.failure = null;
  }
}
