/**
 * Messages that the kernel did not take at once.
 *
 * They wait in lanes. A unix socket that is not connected has one for each address: a receiver that takes
 * nothing holds up its own messages, in their order, and nobody else's. All others have one lane: what is
 * full there is our own buffer.
 */

import { Ring } from '../base/ring.ts';
import { isNotNow } from '../kernel/os-error.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { Socket } from '../sockets/socket.ts';
import type { Unsent } from './writing-side.ts';

/** What a queued message counts for besides its bytes: its header. asyncio's number. */
export const HEADER_BYTES = 8;

/** Sends from a socket: to an address, or to its peer. */
export class DatagramSink {
  private readonly loop: LoopCore;
  /** Asked for its descriptor at each call: the number of one that was closed is soon another file's. */
  private readonly sock: Socket;
  /** A connected socket takes no address, and some systems refuse one (EISCONN). */
  readonly connected: boolean;

  constructor(loop: LoopCore, sock: Socket, connected: boolean) {
    this.loop = loop;
    this.sock = sock;
    this.connected = connected;
  }

  /** Sends one message. Returns 0 or more, or `-errno`. */
  send(data: Uint8Array, address: Uint8Array, addressByteCount: number): number {
    const { sockets } = this.loop.kernel;
    const { fd } = this.sock;
    const result = this.connected
      ? sockets.send(fd, data, 0, data.length, 0)
      : sockets.sendto(fd, data, 0, data.length, 0, address, addressByteCount);
    this.loop.instruments?.ioCall.tell(this.connected ? 'send' : 'sendto', fd, result);
    return result;
  }
}

interface Message {
  readonly data: Uint8Array;
  readonly address: Uint8Array;
}

/** The messages of one lane, in order. */
class Lane {
  readonly waiting = new Ring<Message>(8);
  /** The message that was tried and not taken. */
  head: Message | null = null;

  next(): Message | null {
    this.head ??= this.waiting.shift() ?? null;
    return this.head;
  }
}

export class DatagramQueue implements Unsent {
  byteCount = 0;
  private readonly sink: DatagramSink;
  private readonly hasLanes: boolean;
  private readonly lanes = new Map<string, Lane>();

  /** @param hasLanes whether a message that is not taken says nothing of those to other addresses */
  constructor(sink: DatagramSink, hasLanes: boolean) {
    this.sink = sink;
    this.hasLanes = hasLanes;
  }

  /** Whether a message to this address has to wait for others. */
  isBehindOthers(address: Uint8Array): boolean {
    return this.lanes.has(this.laneName(address));
  }

  /** Adds a copy of `data`. */
  push(data: Uint8Array, address: Uint8Array): void {
    const name = this.laneName(address);
    let lane = this.lanes.get(name);
    if (lane === undefined) {
      lane = new Lane();
      this.lanes.set(name, lane);
    }
    lane.waiting.push({ data: Uint8Array.from(data), address: Uint8Array.from(address) });
    this.byteCount += data.length + HEADER_BYTES;
  }

  /** Sends what is taken. Returns how much that was, or what the first message was refused with. */
  send(): number {
    const before = this.byteCount;
    let result = 0;
    for (const [name, lane] of this.lanes) {
      result = this.sendLane(name, lane);
      if (result < 0 && !isNotNow(result)) return result;
    }
    return before === this.byteCount ? result : before - this.byteCount;
  }

  clear(): void {
    this.lanes.clear();
    this.byteCount = 0;
  }

  /** Sends until one is not taken. A message that is refused is dropped, and its `-errno` returned. */
  private sendLane(name: string, lane: Lane): number {
    for (let message = lane.next(); message !== null; message = lane.next()) {
      const { data, address } = message;
      const result = this.sink.send(data, address, address.length);
      if (isNotNow(result)) return result;
      lane.head = null;
      this.byteCount -= data.length + HEADER_BYTES;
      if (lane.next() === null) this.lanes.delete(name);
      if (result < 0) return result;
    }
    return 0;
  }

  private laneName(address: Uint8Array): string {
    return this.hasLanes ? Buffer.from(address).toString('latin1') : '';
  }
}
