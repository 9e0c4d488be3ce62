/**
 * Feeds a reader from a descriptor that no selector can wait for: a file, `/dev/null`. There is always
 * something to read, so it is read a block at a time, each in a turn of its own, until the reader has enough.
 *
 * | state   | entered by                        | reads                     |
 * |---------|-----------------------------------|---------------------------|
 * | reading | construction, resumeReading       | a block in the next turn  |
 * | paused  | pauseReading                      | nothing                   |
 * | over    | the end of the file, an error     | nothing, for ever         |
 */

import { isNotNow, osError } from '../kernel/os-error.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { StreamReader } from './stream-reader.ts';

const BLOCK_BYTES = 64 * 1024;

export class FileReading {
  private readonly loop: LoopCore;
  private readonly fd: number;
  private readonly reader: StreamReader;
  private state: 'reading' | 'paused' | 'over' = 'paused';

  constructor(loop: LoopCore, fd: number, reader: StreamReader) {
    this.loop = loop;
    this.fd = fd;
    this.reader = reader;
    this.resumeReading();
  }

  /** Called by the reader, which has enough. */
  pauseReading(): void {
    if (this.state === 'reading') this.state = 'paused';
  }

  /** Called by the reader, which wants more. */
  resumeReading(): void {
    if (this.state !== 'paused') return;
    this.state = 'reading';
    this.readOn();
  }

  private readBlock(): void {
    if (this.state !== 'reading') return;
    const block = Buffer.allocUnsafe(BLOCK_BYTES);
    const result = this.loop.kernel.fds.read(this.fd, block, 0, BLOCK_BYTES);
    if (result > 0) this.reader.feedData(block.subarray(0, result));
    else if (!isNotNow(result)) {
      this.state = 'over';
      if (result === 0) this.reader.feedEof();
      else this.reader.setException(osError(result, 'read', this.fd));
    }
    this.readOn();
  }

  private readOn(): void {
    if (this.state === 'reading') this.loop.callSoon(() => this.readBlock());
  }
}
