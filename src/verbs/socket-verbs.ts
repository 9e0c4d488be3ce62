/** The loop's socket verbs: argument checks, instruments, and the one verb object per socket and kind. */

import type { AddressInput } from '../addresses/address.ts';
import { requireBytes } from '../base/arguments.ts';
import { describeValue } from '../coroutines/misuse.ts';
import type { Future } from '../futures/future.ts';
import type { IoSlot } from '../loop/io-slot.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { type FileInput, FileSource, type SendfileOptions } from '../sockets/file-source.ts';
import { Socket } from '../sockets/socket.ts';
import { ensureFuture } from '../tasks/ensure-future.ts';
import { Accept, type Accepted } from './accept.ts';
import { Connect } from './connect.ts';
import { connectByName, nameToResolve } from './connect-by-name.ts';
import { ReceiveBytes, ReceiveInto } from './receive.ts';
import { type ReceivedFrom, type ReceivedFromInto, ReceiveFrom, ReceiveFromInto } from './receive-from.ts';
import { ReceiveLent, type Receivers } from './receive-lent.ts';
import { SendAll } from './send.ts';
import { SendFile } from './send-file.ts';
import { SendTo } from './send-to.ts';

/** How many bytes are asked for by default. */
const DEFAULT_RECEIVE_BYTES = 1024;

/** The verbs of one socket, each made when it is first used. */
class Verbs {
  recv: ReceiveBytes | null = null;
  recvInto: ReceiveInto | null = null;
  sendAll: SendAll | null = null;
  accept: Accept | null = null;
  connect: Connect | null = null;
  recvFrom: ReceiveFrom | null = null;
  recvFromInto: ReceiveFromInto | null = null;
  sendTo: SendTo | null = null;
  sendFile: SendFile | null = null;
}

/** The socket verbs of one loop. It has no state of its own: the verb objects hang on the sockets. */
export class SocketVerbs implements Receivers {
  /** @internal Receivers. */
  readonly loop: LoopCore;

  constructor(loop: LoopCore) {
    this.loop = loop;
  }

  accept(sock: Socket): Future<Accepted> {
    const slot = this.slotOf(sock, 'sockAccept');
    this.loop.instruments?.socketCall.tell('accept', sock);
    const verbs = verbsOf(slot);
    verbs.accept ??= new Accept(this.loop, sock, slot);
    return verbs.accept.start();
  }

  /**
   * Another connection after {@link accept} has returned one, without a wait; `null` if none is there now.
   */
  acceptNow(sock: Socket): Socket | null {
    const { accept } = verbsOf(this.slotOf(sock, 'sockAccept'));
    return accept === null ? null : accept.takeNow();
  }

  recv(sock: Socket, byteCount = DEFAULT_RECEIVE_BYTES): Future<Buffer> {
    const receiver = this.receiverOf(sock, 'sockRecv');
    requireByteCount(byteCount, 'sockRecv', RECEIVE_BYTES_MAX);
    this.loop.instruments?.socketCall.tell('recv', sock);
    return receiver.start(byteCount, false);
  }

  recvLent(sock: Socket, byteCount = DEFAULT_RECEIVE_BYTES): ReceiveLent {
    this.slotOf(sock, 'sockRecvLent');
    requireByteCount(byteCount, 'sockRecvLent', RECEIVE_BYTES_MAX);
    requireStream(sock, 'sockRecvLent');
    this.loop.instruments?.socketCall.tell('recv', sock);
    return new ReceiveLent(this, sock, byteCount);
  }

  /** @internal Receivers. */
  receiverOf(sock: Socket, call: string): ReceiveBytes {
    const slot = this.slotOf(sock, call);
    const verbs = verbsOf(slot);
    verbs.recv ??= new ReceiveBytes(this.loop, sock, slot);
    return verbs.recv;
  }

  recvInto(sock: Socket, buffer: Uint8Array): Future<number> {
    const slot = this.slotOf(sock, 'sockRecvInto');
    requireRoom(buffer, 'sockRecvInto');
    this.loop.instruments?.socketCall.tell('recvInto', sock);
    const verbs = verbsOf(slot);
    verbs.recvInto ??= new ReceiveInto(this.loop, sock, slot);
    return verbs.recvInto.start(buffer);
  }

  recvfrom(sock: Socket, byteCount: number): Future<ReceivedFrom> {
    const slot = this.slotOf(sock, 'sockRecvfrom');
    requireByteCount(byteCount, 'sockRecvfrom', RECEIVE_BYTES_MAX);
    this.loop.instruments?.socketCall.tell('recvfrom', sock);
    const verbs = verbsOf(slot);
    verbs.recvFrom ??= new ReceiveFrom(this.loop, sock, slot);
    return verbs.recvFrom.start(byteCount);
  }

  recvfromInto(sock: Socket, buffer: Uint8Array, byteCount: number): Future<ReceivedFromInto> {
    const slot = this.slotOf(sock, 'sockRecvfromInto');
    requireRoom(buffer, 'sockRecvfromInto');
    const count = byteCount === 0 ? buffer.length : byteCount;
    requireByteCount(count, 'sockRecvfromInto', buffer.length);
    this.loop.instruments?.socketCall.tell('recvfromInto', sock);
    const verbs = verbsOf(slot);
    verbs.recvFromInto ??= new ReceiveFromInto(this.loop, sock, slot);
    return verbs.recvFromInto.start(buffer, count);
  }

  sendto(sock: Socket, data: Uint8Array, address: AddressInput): Future<number> {
    const slot = this.slotOf(sock, 'sockSendto');
    this.loop.instruments?.socketCall.tell('sendto', sock);
    const verbs = verbsOf(slot);
    verbs.sendTo ??= new SendTo(this.loop, sock, slot);
    return verbs.sendTo.start(data, address);
  }

  sendfile(
    sock: Socket,
    file: FileInput,
    offset = 0,
    byteCount: number | null = null,
    { fallback: mayCopy = true }: SendfileOptions = {},
  ): Future<number> {
    const slot = this.slotOf(sock, 'sockSendfile');
    requireStream(sock, 'sockSendfile');
    const source = new FileSource('sockSendfile', file, offset, byteCount, mayCopy);
    this.loop.instruments?.socketCall.tell('sendfile', sock);
    const verbs = verbsOf(slot);
    verbs.sendFile ??= new SendFile(this.loop, sock, slot);
    return verbs.sendFile.start(source);
  }

  sendall(sock: Socket, data: Uint8Array): Future<void> {
    const slot = this.slotOf(sock, 'sockSendall');
    requireBytes('sockSendall', 'data', data);
    this.loop.instruments?.socketCall.tell('send', sock);
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
    this.loop.instruments?.socketCall.tell('connect', sock);
    const verbs = verbsOf(slot);
    verbs.connect ??= new Connect(this.loop, sock, slot);
    return verbs.connect.start(address);
  }

  private slotOf(sock: Socket, call: string): IoSlot {
    this.loop.checkUsable(call);
    if (!(sock instanceof Socket)) throw notASocket(call, sock);
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

/** What one receive can be asked for: it crosses to the system as a C `int`. */
const RECEIVE_BYTES_MAX = 2 ** 31 - 1;

function requireByteCount(value: unknown, call: string, max: number): void {
  const isValid = Number.isInteger(value) && (value as number) >= 1 && (value as number) <= max;
  if (!isValid) throw wrongByteCount(call, max, value);
}

function requireStream(sock: Socket, call: string): void {
  if (sock.type === sock.kernel.constants.SOCK_STREAM) return;
  throw new TypeError(`${call}: needs a SOCK_STREAM socket, got ${sock}`);
}

function requireRoom(value: Uint8Array, call: string): void {
  if (!(value instanceof Uint8Array)) requireBytes(call, 'buffer', value);
  if (value.length > 0) return;
  throw new RangeError(
    `${call}: the buffer has no room (0 bytes; its memory may have been given away with postMessage)`,
  );
}

function notASocket(call: string, value: unknown): TypeError {
  return new TypeError(`${call}: a Socket is needed, got ${describeValue(value)}`);
}

function wrongByteCount(call: string, max: number, value: unknown): RangeError {
  return new RangeError(
    `${call}: byteCount must be a whole number of at least 1 and at most ${max}, got ${String(value)}`,
  );
}
