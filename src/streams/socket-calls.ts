/** The loop's socket verbs: argument checks, hooks, and the one verb object per socket and kind. */

import { describeValue } from '../coroutines/misuse.ts';
import type { Future } from '../futures/future.ts';
import type { IoSlot } from '../loop/io-waiters.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { AddressInput } from '../sockets/address.ts';
import { Socket } from '../sockets/socket.ts';
import { ensureFuture } from '../tasks/ensure-future.ts';
import { Accept, type Accepted } from './accept.ts';
import { Connect } from './connect.ts';
import { connectByName, nameToResolve } from './connect-by-name.ts';
import { ReceiveBytes, ReceiveInto } from './receive.ts';
import { ReceiveArena } from './receive-arena.ts';
import { SendAll } from './send.ts';

/** The verbs of one socket, each made when it is first used. */
class Verbs {
  recv: ReceiveBytes | null = null;
  recvInto: ReceiveInto | null = null;
  sendAll: SendAll | null = null;
  accept: Accept | null = null;
  connect: Connect | null = null;
}

/** What one loop needs to answer socket calls. */
export class SocketCalls {
  private readonly loop: LoopCore;
  private readonly arena: ReceiveArena;

  constructor(loop: LoopCore) {
    this.loop = loop;
    this.arena = new ReceiveArena(loop.kernel);
  }

  accept(sock: Socket): Future<Accepted> {
    const slot = this.slotOf(sock, 'sockAccept');
    this.loop.hooks?.socketCall?.('accept', sock);
    const verbs = verbsOf(slot);
    verbs.accept ??= new Accept(this.loop, sock, slot);
    return verbs.accept.start();
  }

  recv(sock: Socket, byteCount: number): Future<Buffer> {
    const slot = this.slotOf(sock, 'sockRecv');
    if (!Number.isInteger(byteCount) || byteCount < 1) {
      throw new RangeError(
        `sockRecv: byteCount must be a whole number of at least 1, got ${String(byteCount)}`,
      );
    }
    this.loop.hooks?.socketCall?.('recv', sock);
    const verbs = verbsOf(slot);
    verbs.recv ??= new ReceiveBytes(this.loop, sock, slot, this.arena);
    return verbs.recv.start(byteCount);
  }

  recvInto(sock: Socket, buffer: Uint8Array): Future<number> {
    const slot = this.slotOf(sock, 'sockRecvInto');
    requireBytes(buffer, 'sockRecvInto');
    if (buffer.length === 0) throw new RangeError('sockRecvInto: the buffer has no room (0 bytes)');
    this.loop.hooks?.socketCall?.('recvInto', sock);
    const verbs = verbsOf(slot);
    verbs.recvInto ??= new ReceiveInto(this.loop, sock, slot);
    return verbs.recvInto.start(buffer);
  }

  sendall(sock: Socket, data: Uint8Array): Future<void> {
    const slot = this.slotOf(sock, 'sockSendall');
    requireBytes(data, 'sockSendall');
    this.loop.hooks?.socketCall?.('send', sock);
    const verbs = verbsOf(slot);
    verbs.sendAll ??= new SendAll(this.loop, sock, slot);
    return verbs.sendAll.start(data);
  }

  connect(sock: Socket, address: AddressInput): Future<void> {
    const slot = this.slotOf(sock, 'sockConnect');
    const name = nameToResolve(sock, address);
    if (name !== null) {
      const connect = (resolved: AddressInput): Future<void> => this.connect(sock, resolved);
      return ensureFuture(connectByName(this.loop, sock, name, connect), { loop: this.loop });
    }
    this.loop.hooks?.socketCall?.('connect', sock);
    const verbs = verbsOf(slot);
    verbs.connect ??= new Connect(this.loop, sock, slot);
    return verbs.connect.start(address);
  }

  private slotOf(sock: Socket, call: string): IoSlot {
    this.loop.checkUsable(call);
    if (!(sock instanceof Socket)) {
      throw new TypeError(`${call}: a Socket is needed, got ${describeValue(sock)}`);
    }
    return this.loop.io.slotOfSocket(sock, call);
  }
}

function verbsOf(slot: IoSlot): Verbs {
  const { verbs } = slot;
  if (verbs instanceof Verbs) return verbs;
  const made = new Verbs();
  slot.verbs = made;
  return made;
}

function requireBytes(value: unknown, call: string): void {
  if (value instanceof Uint8Array) return;
  const remedy = typeof value === 'string' ? ' Encode text with Buffer.from(text).' : '';
  throw new TypeError(`${call}: a Uint8Array or Buffer is needed, got ${describeValue(value)}.${remedy}`);
}
