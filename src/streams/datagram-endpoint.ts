/** A socket of messages for coroutines. */

import type { Address, AddressInput } from '../addresses/address.ts';
import { ClosedResourceError, QueueShutDown } from '../base/errors.ts';
import { awaitableOf, checkBody } from '../cancellation/await-body.ts';
import type { Awaitable, Coroutine } from '../coroutines/coroutine.ts';
import { runningLoop } from '../loop/current-loop.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { Socket } from '../sockets/socket.ts';
import { spawn } from '../tasks/create-task.ts';
import type { ExtraInfo } from '../transports/base.ts';
import type { ConnectingLoop } from '../transports/connect-socket.ts';
import { bindDatagrams, type DatagramEndpointOptions } from '../transports/create-datagram-endpoint.ts';
import type { SocketDatagramTransport } from '../transports/datagram-transport.ts';
import { type DatagramPlace, datagramOptions } from '../transports/place-arguments.ts';
import { type ServerAddress, serverAddress } from '../transports/server-address.ts';
import type { DatagramTransport } from '../transports/transport.ts';
import { FLOWING } from './drain.ts';
import { EndpointProtocol, type ReceivedDatagram } from './endpoint-protocol.ts';

/**
 * A socket that sends and receives messages, each whole; made by {@link openDatagramEndpoint}. (asyncio has
 * protocols only.)
 *
 * | state  | entered by                 | send()                     | receive()                                    |
 * |--------|----------------------------|----------------------------|----------------------------------------------|
 * | open   | openDatagramEndpoint       | sends, waits for room      | a message, kept or to come                   |
 * | closed | close(), `using`           | ClosedResourceError        | what is kept; then ClosedResourceError       |
 * | broken | an error of its descriptor | ClosedResourceError        | what is kept; then that error                |
 *
 * Up to 64 messages are read ahead. If they are not taken, more wait in the socket's receive buffer; when
 * that is full, the system drops messages, as with any datagram socket.
 */
export class DatagramEndpoint {
  private readonly loop: LoopCore;
  private readonly protocol: EndpointProtocol;
  private readonly room: Awaitable<void>;

  /** @internal */
  constructor(loop: LoopCore, protocol: EndpointProtocol) {
    this.loop = loop;
    this.protocol = protocol;
    this.room = { [Symbol.iterator]: () => (protocol.paused ? protocol.waitForRoom() : FLOWING) };
  }

  /** The transport below it. */
  get transport(): DatagramTransport {
    return this.lower;
  }

  /** How many messages wait to be taken. */
  get size(): number {
    return this.protocol.messages.qsize();
  }

  /**
   * Sends a message, now or when the system takes it.
   *
   *     yield* endpoint.send(Buffer.from('ping'), ['127.0.0.1', 9999]);
   *
   * @param data copied if it cannot be sent at once
   * @param address to whom; left out where the endpoint has a remote address
   * @returns something to await, with `yield*`, until there is room for more. It need not be awaited
   * @throws OSError such as EMSGSIZE, or ECONNREFUSED for an earlier message; ClosedResourceError; TypeError
   *   for anything but bytes; RangeError for a wrong address
   */
  send(data: Uint8Array, address: AddressInput | null = null): Awaitable<void> {
    const { protocol } = this;
    if (this.transport.isClosing()) throw this.closedError('send');
    const failure = protocol.errorOf(() => this.lower.sendAs('send', data, address));
    if (failure !== null) throw failure;
    return this.room;
  }

  /**
   * The next message: `[data, address]`; waits while there is none. Several tasks get messages in the order
   * in which they asked. Cancelling it loses nothing.
   *
   *     const [data, address] = yield* endpoint.receive();
   *
   * @throws OSError such as ECONNREFUSED, when a message reached no receiver; the endpoint goes on.
   *   ClosedResourceError when it was closed and no message is left
   */
  *receive(): Coroutine<ReceivedDatagram> {
    const message = yield* this.nextMessage();
    if (message === null) throw this.protocol.error ?? this.closedError('receive');
    return message;
  }

  /**
   * Calls `body(data, address)` for each message, one after the other, until the endpoint is closed.
   *
   *     yield* endpoint.each(function* (data, address) {
   *       yield* endpoint.send(data, address);
   *     });
   *
   * @param body a coroutine function, or a plain one
   * @throws as {@link receive}, but when it is closed; what `body` throws
   */
  *each(body: (data: Buffer, address: Address) => unknown): Coroutine<void> {
    checkBody(body, 'each');
    for (let next = yield* this.nextMessage(); next !== null; next = yield* this.nextMessage()) {
      const awaitable = awaitableOf(body(...next), 'each');
      if (awaitable !== null) yield* awaitable;
    }
    if (this.protocol.error !== null) throw this.protocol.error;
  }

  /**
   * Receives no more, sends what is left, then closes. Does not wait: see {@link waitClosed}. Messages that
   * wait can still be taken. Closing twice is harmless.
   */
  close(): void {
    this.transport.close();
    this.protocol.messages.shutdown();
  }

  /** Waits until it is closed, and what was left is sent. @throws what broke it */
  *waitClosed(): Coroutine<void> {
    yield* this.protocol.waitForEnd();
    if (this.protocol.error !== null) throw this.protocol.error;
  }

  /** Whether it is closed, or is being. */
  isClosing(): boolean {
    return this.transport.isClosing();
  }

  /** The address that it is bound to, in the form of Node's `net`, or a path; `null` when closed. */
  address(): ServerAddress | string | null {
    return this.isClosing() ? null : serverAddress(this.transport.getExtraInfo('socket') as Socket);
  }

  /** As {@link BaseTransport.getExtraInfo}: `peername`, `sockname`, `socket`. */
  getExtraInfo<K extends keyof ExtraInfo>(name: K): ExtraInfo[K] | null {
    return this.transport.getExtraInfo(name);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** `await using endpoint = …` in async code of a guest: closes, and waits until what is left is sent. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await spawn(this.loop, this.waitClosed());
  }

  toString(): string {
    return `<DatagramEndpoint size=${this.size} ${this.transport}>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  /** `null` at the end. */
  private *nextMessage(): Coroutine<ReceivedDatagram | null> {
    const { protocol } = this;
    let next: ReceivedDatagram | null;
    try {
      next = yield* protocol.messages.get();
    } catch (error) {
      if (error instanceof QueueShutDown) return null;
      throw error;
    }
    // Nothing waits from here on, so nothing that was taken is lost.
    protocol.resumeReading();
    if (next === null) throw protocol.takeFailure();
    return next;
  }

  private get lower(): SocketDatagramTransport {
    return this.protocol.transport as SocketDatagramTransport;
  }

  private closedError(call: string): ClosedResourceError {
    return new ClosedResourceError(`${call}: the datagram endpoint was closed`);
  }
}

/**
 * Opens a socket of messages: UDP with host and port, unix datagrams with `family: AF_UNIX` and paths.
 *
 *     using endpoint = yield* openDatagramEndpoint(['127.0.0.1', 9999]);
 *     const [data, address] = yield* endpoint.receive();
 *
 *     using client = yield* openDatagramEndpoint(null, ['127.0.0.1', 9999]);
 *     yield* client.send(Buffer.from('hello'));
 *
 * @param place where to receive, and whom alone to send to and receive from; or one object with all options:
 *   `{ localAddr, remoteAddr, allowBroadcast: true }`
 * @throws OSError such as EADDRINUSE; RangeError for options that do not go together; RuntimeError outside of
 *   a running loop
 */
export function* openDatagramEndpoint(
  ...place: DatagramPlace<DatagramEndpointOptions>
): Coroutine<DatagramEndpoint> {
  const call = 'openDatagramEndpoint';
  const loop = runningLoop(call) as ConnectingLoop;
  const options = datagramOptions(call, '', place);
  const protocol = new EndpointProtocol(loop);
  yield* bindDatagrams(loop, call, () => protocol, options);
  return new DatagramEndpoint(loop, protocol);
}
