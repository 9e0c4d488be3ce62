/** What a user of {@link SubprocessTransport} implements. */

import { BaseProtocol } from '../transports/base.ts';

/**
 * A process, told of as things happen. `asyncio.SubprocessProtocol` of CPython 3.13. `loop.subprocessExec`
 * calls it:
 *
 *     connectionMade ( pipeDataReceived* | pipeConnectionLost | processExited )* connectionLost
 *
 * `processExited` may come before the last data of a pipe, and before the end of one that another process
 * holds open. `connectionLost` comes when the process has ended and all its pipes are closed.
 */
export abstract class SubprocessProtocol extends BaseProtocol {
  /**
   * The process wrote something.
   * @param _fd 1 for stdout, 2 for stderr
   * @param _data yours to keep
   */
  pipeDataReceived(_fd: number, _data: Buffer): void {}

  /**
   * A pipe is closed.
   * @param _fd 0, 1 or 2
   * @param _error `null` at the end of the stream
   */
  pipeConnectionLost(_fd: number, _error: Error | null): void {}

  /** The process has ended: `transport.getReturncode()` says how. */
  processExited(): void {}
}
