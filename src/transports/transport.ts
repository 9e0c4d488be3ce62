/**
 * What a protocol is handed: the sending side of a connection, and its switches. Types only; loops make the
 * objects. `asyncio`'s transports of CPython 3.13.
 */

import type { AddressInput } from '../addresses/address.ts';
import type { BaseTransport } from './base.ts';

/** Marks of a transport's queue of unsent bytes. */
export interface WriteBufferLimits {
  /**
   * Above this many unsent bytes the protocol is paused. Default: four times `low` where that is given, else
   * 64 KiB.
   */
  readonly high?: number | undefined;
  /** At this many or fewer it is resumed. Default: a quarter of `high`. */
  readonly low?: number | undefined;
}

/** The receiving side of a stream. `asyncio.ReadTransport` of CPython 3.13. */
export interface ReadTransport extends BaseTransport {
  /** Whether it receives: neither paused nor closing. */
  isReading(): boolean;
  /**
   * Receives no more until {@link resumeReading}; the peer's sends then block. Harmless when paused or
   * closing.
   */
  pauseReading(): void;
  /** Ends {@link pauseReading}. */
  resumeReading(): void;
}

/** The sending side of a stream. `asyncio.WriteTransport` of CPython 3.13. */
export interface WriteTransport extends BaseTransport {
  /**
   * Sends `data`: at once if the kernel takes it, else as the peer reads. Never waits. When several sockets
   * are ready in one pass, small writes are collected and sent together at the end of the batch of callbacks.
   * @param data from now on the transport's: it is not copied, so it must not change any more
   * @throws TypeError for anything but bytes; RuntimeError after {@link writeEof}
   */
  write(data: Uint8Array): void;
  /** Sends all of a list, in order, in as few system calls as possible. */
  writeLines(list: Iterable<Uint8Array>): void;
  /**
   * Sends what is left, then the end of the stream; receiving goes on.
   * @throws RuntimeError where there is no such thing
   */
  writeEof(): void;
  /** Whether {@link writeEof} works here. */
  canWriteEof(): boolean;
  /** Closes now: what is not sent is lost, and `connectionLost(null)` is called soon. */
  abort(): void;
  /** How many bytes wait to be sent. */
  getWriteBufferSize(): number;
  /** The marks of flow control, in bytes: `[low, high]`. */
  getWriteBufferLimits(): [low: number, high: number];
  /** Sets the marks of flow control. @throws RangeError unless 0 ≤ low ≤ high */
  setWriteBufferLimits(limits?: WriteBufferLimits): void;
}

/** Both sides of a stream, such as a TCP connection. `asyncio.Transport` of CPython 3.13. */
export interface Transport extends ReadTransport, WriteTransport {}

/** A socket that sends and receives messages. `asyncio.DatagramTransport` of CPython 3.13. */
export interface DatagramTransport extends BaseTransport {
  /**
   * Sends one message: at once, or together with others at the end of the batch of callbacks. If the system
   * refuses it, `errorReceived` gets the error.
   * @param data copied if it cannot be sent at once
   * @param address to whom; left out where the endpoint has a remote address
   * @throws TypeError for anything but bytes; RangeError for an address other than the endpoint's remote one
   */
  sendto(data: Uint8Array, address?: AddressInput | null): void;
  /** Closes now: what is not sent is lost. */
  abort(): void;
  /** How many bytes wait to be sent, 8 more for each message. */
  getWriteBufferSize(): number;
  /** The marks of flow control, in bytes: `[low, high]`. */
  getWriteBufferLimits(): [low: number, high: number];
  /** Sets the marks of flow control. @throws RangeError unless 0 ≤ low ≤ high */
  setWriteBufferLimits(limits?: WriteBufferLimits): void;
}
