/**
 * What a stream socket receives. What the loop has received for it comes first: bytes, or the error of a
 * `recv`, which the system tells only once.
 *
 * | holds   | entered by            | take(), takeInto()         | lend()  |
 * |---------|-----------------------|----------------------------|---------|
 * | nothing | construction; a take  | receive                    | receives |
 * | bytes   | put(), of bytes       | give them                  | –       |
 * | error   | put(), of an error    | give it, from then on      | –       |
 */

import { isNotNow } from '../kernel/os-error.ts';
import { LENT_BYTES_MAX } from '../loop/lent-memory.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { StreamIntake } from '../loop/stream-intake.ts';
import type { Socket } from '../sockets/socket.ts';
import { moveInto } from './protocol-buffer.ts';

/** Maximum number of bytes received in one turn; asyncio's number. */
const RECEIVE_BYTES = 256 * 1024;

export class SocketIntake {
  private readonly loop: LoopCore;
  private readonly sock: Socket;
  private readonly stream: StreamIntake;
  private arrived: Buffer | null = null;
  private refusal = 0;

  constructor(loop: LoopCore, sock: Socket) {
    this.loop = loop;
    this.sock = sock;
    this.stream = new StreamIntake(loop.io.arena);
  }

  get isEmpty(): boolean {
    return this.arrived === null && this.refusal === 0;
  }

  /** How many bytes the loop may receive together with those of others; 0: none. */
  get batchByteCount(): number {
    return this.stream.batchByteCount(RECEIVE_BYTES);
  }

  /** Whether what comes next is better lent, if it can be. */
  get isWorthLending(): boolean {
    return this.stream.isWorthLending;
  }

  /**
   * Holds what the loop has received: bytes in its arena, the end of the stream, which can be received once
   * more, or `-errno`. Returns whether there is something to take.
   */
  put(result: number): boolean {
    if (result > 0) this.arrived = this.stream.take(result, RECEIVE_BYTES);
    else if (result < 0) {
      if (isNotNow(result)) return false;
      this.refusal = result;
    }
    return true;
  }

  /** The next bytes; 0 at the end of the stream, or `-errno`. */
  take(): Buffer | number {
    const { arrived, stream } = this;
    if (arrived !== null) {
      this.arrived = null;
      return arrived;
    }
    const result = this.refusal === 0 ? stream.receive(this.sock.fd, RECEIVE_BYTES) : this.refusal;
    return result > 0 ? stream.take(result, this.loop.io.arena.askedByteCount) : result;
  }

  /**
   * As {@link take}, into `buffer`; returns how many bytes. What does not fit of bytes that were held is held
   * further.
   */
  takeInto(buffer: Uint8Array): number {
    const { arrived } = this;
    if (arrived !== null) {
      this.arrived = moveInto(buffer, arrived);
      return Math.min(arrived.length, buffer.length);
    }
    return this.refusal === 0 ? this.loop.io.arena.receiveInto(this.sock.fd, buffer) : this.refusal;
  }

  /** As {@link take}, into memory that is lent. */
  lend(byteCount: number): Buffer | number {
    const { lent } = this.loop.io.arena;
    const result = lent.receive(this.sock.fd, byteCount);
    if (result <= 0) return result;
    this.stream.note(result, Math.min(byteCount, LENT_BYTES_MAX));
    return lent.take(result);
  }
}
