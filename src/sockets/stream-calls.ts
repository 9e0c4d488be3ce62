/**
 * A socket's calls on a connection: making it, receiving from it, sending over it. `Socket` has their
 * contracts.
 */

import { ADDRESS_RECORD_BYTES, type AddressInput, encodeAddress } from '../addresses/address.ts';
import { requireByteCount, requireBytes, requireInt } from '../base/arguments.ts';
import { EAGAIN, EINPROGRESS } from '../kernel/errno.ts';
import { READABLE, WRITABLE } from '../kernel/kernel.ts';
import { check } from '../kernel/os-error.ts';
import { deadlineAfter, repeatUntil, repeatWhenReady, waitUntilReady } from '../kernel/waits.ts';
import { hostResolver } from '../names/blocking-resolver.ts';
import { type FileInput, FileSource } from './file-source.ts';
import { intOption } from './option-calls.ts';
import { receiveFresh } from './receive-scratch.ts';
import { type CallableSocket, callTimedOut, mayWait, openInOrder, waitingCall } from './waiting-call.ts';

/** Per thread. Written by one call and read right after; nothing runs in between. */
const record = new Uint8Array(ADDRESS_RECORD_BYTES);

/** What Python's `listen()` falls back to, if the system allows as many. */
const DEFAULT_BACKLOG = 128;

/**
 * The answer of a connect that our own time-out ended. Not an errno: the system's ETIMEDOUT is another
 * matter.
 */
const GAVE_UP = Number.NEGATIVE_INFINITY;

export function bind(sock: CallableSocket, address: AddressInput): void {
  const fd = sock.requireOpen('bind');
  const { kernel, family } = sock;
  const resolve = hostResolver(kernel);
  const byteCount = encodeAddress(kernel.constants, 'Socket.bind', family, address, record, resolve);
  check(kernel.sockets.bind(fd, record, byteCount), 'bind', address);
}

export function listen(sock: CallableSocket, backlog: number | undefined): void {
  const fd = sock.requireOpen('listen');
  const { SOMAXCONN = DEFAULT_BACKLOG } = sock.kernel.constants;
  const count = requireInt('Socket.listen', 'backlog', backlog ?? Math.min(SOMAXCONN, DEFAULT_BACKLOG));
  check(sock.kernel.sockets.listen(fd, Math.max(0, count)), 'listen');
}

export function receive(sock: CallableSocket, byteCount: number, flags = 0): Buffer {
  const fd = sock.requireOpen('recv');
  const count = requireByteCount('Socket.recv', byteCount, Number.MAX_SAFE_INTEGER);
  requireInt('Socket.recv', 'flags', flags);
  if (count === 0) return Buffer.alloc(0);
  return receiveFresh(count, (buffer) => receiveOnce(sock, 'recv', fd, buffer, count, flags));
}

export function receiveInto(sock: CallableSocket, buffer: Uint8Array, byteCount = 0, flags = 0): number {
  const fd = sock.requireOpen('recvInto');
  const { length } = requireBytes('Socket.recvInto', 'buffer', buffer);
  const count = requireByteCount('Socket.recvInto', byteCount, length) || length;
  requireInt('Socket.recvInto', 'flags', flags);
  return count === 0 ? 0 : receiveOnce(sock, 'recvInto', fd, buffer, count, flags);
}

export function send(sock: CallableSocket, data: Uint8Array, flags = 0): number {
  const fd = openInOrder(sock, 'send');
  requireBytes('Socket.send', 'data', data);
  requireInt('Socket.send', 'flags', flags);
  const { sockets } = sock.kernel;
  return waitingCall(sock, 'send', WRITABLE, flags, () => sockets.send(fd, data, 0, data.length, flags));
}

export function sendAll(sock: CallableSocket, data: Uint8Array, flags = 0): void {
  const fd = openInOrder(sock, 'sendall');
  const { length } = requireBytes('Socket.sendall', 'data', data);
  requireInt('Socket.sendall', 'flags', flags);
  const { sockets } = sock.kernel;
  const deadlineMs = deadlineAfter(sock.kernel, sock.timeoutMs);
  let offset = 0;
  const attempt = (): number => sockets.send(fd, data, offset, length - offset, flags);
  do {
    let result = attempt();
    if (result === -EAGAIN && mayWait(sock, flags)) {
      result = repeatWhenReady(sock.kernel, fd, WRITABLE, deadlineMs, attempt);
      if (result === -EAGAIN) throw callTimedOut(sock, 'sendall', `, ${offset} of ${length} bytes sent`);
    }
    offset += check(result, 'send', fd);
  } while (offset < length);
}

export function sendFile(
  sock: CallableSocket,
  file: FileInput,
  offset = 0,
  byteCount: number | null = null,
): number {
  const fd = openInOrder(sock, 'sendfile');
  if (sock.type !== sock.kernel.constants.SOCK_STREAM) {
    throw new TypeError(`Socket.sendfile: needs a SOCK_STREAM socket, got ${sock.toString()}`);
  }
  const source = new FileSource('Socket.sendfile', file, offset, byteCount, true);
  while (waitingCall(sock, 'sendfile', WRITABLE, 0, () => source.sendSome(sock.kernel, fd)) > 0);
  return source.sentByteCount;
}

export function shutdown(sock: CallableSocket, how: number): void {
  const fd = openInOrder(sock, 'shutdown');
  check(sock.kernel.sockets.shutdown(fd, requireInt('Socket.shutdown', 'how', how)), 'shutdown');
}

export function connect(sock: CallableSocket, address: AddressInput): void {
  const result = startConnect(sock, 'connect', address);
  if (result === GAVE_UP) throw callTimedOut(sock, 'connect');
  check(result, 'connect', address);
}

export function connectEx(sock: CallableSocket, address: AddressInput): number {
  const result = startConnect(sock, 'connectEx', address);
  return result === GAVE_UP ? EAGAIN : Math.abs(result);
}

function receiveOnce(
  sock: CallableSocket,
  call: string,
  fd: number,
  buffer: Uint8Array,
  byteCount: number,
  flags: number,
): number {
  const { sockets } = sock.kernel;
  return waitingCall(sock, call, READABLE, flags, () => sockets.recv(fd, buffer, 0, byteCount, flags));
}

/** 0, `-errno`, or `GAVE_UP`. */
function startConnect(sock: CallableSocket, call: string, address: AddressInput): number {
  const fd = openInOrder(sock, call);
  const { kernel, timeoutMs } = sock;
  const { sockets, constants } = kernel;
  const resolve = hostResolver(kernel);
  const byteCount = encodeAddress(constants, `Socket.${call}`, sock.family, address, record, resolve);
  const deadlineMs = deadlineAfter(kernel, timeoutMs);
  let result = sockets.connect(fd, record, byteCount);
  if (timeoutMs === 0) return result;
  if (result === -EAGAIN && sock.family === constants.AF_UNIX) {
    // Its own: while it waits, an instrument may connect another socket.
    const kept = record.slice();
    result = repeatUntil(kernel, deadlineMs, () => sockets.connect(fd, kept, byteCount));
    if (result === -EAGAIN) return GAVE_UP;
  }
  if (result !== -EINPROGRESS) return result;
  if (!waitUntilReady(kernel, fd, WRITABLE, deadlineMs)) return GAVE_UP;
  return -takeError(sock, fd);
}

/** The error that a connection attempt has ended with: reading it takes it. 0 if it has succeeded. */
function takeError({ kernel }: CallableSocket, fd: number): number {
  const { SOL_SOCKET, SO_ERROR } = kernel.constants;
  return intOption(kernel, fd, SOL_SOCKET as number, SO_ERROR as number);
}
