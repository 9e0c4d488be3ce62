/**
 * What a user of transports implements: the methods that a transport calls. All run in the loop, and none may
 * block.
 *
 * The protocol's states; any other call in a state does not happen:
 *
 * | state    | calls that may come                                                     | leaves by      |
 * |----------|-------------------------------------------------------------------------|----------------|
 * | new      | connectionMade                                                          | connectionMade |
 * | open     | dataReceived; getBuffer, bufferUpdated; datagramReceived, errorReceived | eofReceived    |
 * | half     | none of these                                                           |                |
 * | any open | pauseWriting, then resumeWriting, in turn; connectionLost               | connectionLost |
 * | lost     | none                                                                    |                |
 *
 * While reading is paused, and after close() or abort(), nothing of what arrives is handed on.
 *
 * What a call throws or returns wrongly concerns this connection alone: from dataReceived, getBuffer,
 * bufferUpdated and eofReceived it ends the connection; from all others it is reported to the loop's
 * exception handler.
 */

import type { Address } from '../addresses/address.ts';
import { BaseProtocol } from './base.ts';

/** A stream of bytes, handed over as it arrives. `asyncio.Protocol` of CPython 3.13. */
export abstract class Protocol extends BaseProtocol {
  /**
   * Bytes have arrived, in any parts, never none.
   * @param _data yours to keep; it shares its memory with other messages, as Node's small Buffers do
   */
  dataReceived(_data: Buffer): void {}

  /**
   * The peer has sent its last byte. Called once.
   * @returns true to keep this side open for writing; anything falsy closes the transport
   */
  eofReceived(): unknown {
    return false;
  }
}

/**
 * A stream of bytes, received into memory of your own: for large data, since nothing is allocated.
 * `asyncio.BufferedProtocol` of CPython 3.13.
 */
export abstract class BufferedProtocol extends BaseProtocol {
  /**
   * Where the next bytes go.
   * @param sizeHint how large a buffer would be good; −1: you choose
   * @returns at least one byte of room; it may be the same memory each time
   */
  abstract getBuffer(sizeHint: number): Uint8Array;

  /**
   * Bytes have arrived in the memory that the last {@link getBuffer} returned. What is written of that memory
   * in this call, and cannot be sent at once, is copied: all connections may share one buffer. (In asyncio
   * it is not.)
   * @param byteCount how many, from its beginning
   */
  abstract bufferUpdated(byteCount: number): void;

  /** As {@link Protocol.eofReceived}. */
  eofReceived(): unknown {
    return false;
  }
}

/** Messages, each whole, from anybody. `asyncio.DatagramProtocol` of CPython 3.13. */
export abstract class DatagramProtocol extends BaseProtocol {
  /**
   * A message has arrived.
   * @param _data the message, perhaps empty; yours to keep
   * @param _address the address that sent it
   */
  datagramReceived(_data: Buffer, _address: Address): void {}

  /**
   * A send or receive was refused, such as ECONNREFUSED for a message that no socket received. The transport
   * goes on.
   */
  errorReceived(_error: Error): void {}
}

/**
 * A stream protocol that takes the last bytes of a connection even while it is paused, and delivers them
 * later.
 */
export interface TakesLastBytes {
  readonly takesLastBytes: boolean;
}

/** Whether a protocol does so. */
export function takesLastBytes(protocol: BaseProtocol): boolean {
  return (protocol as Partial<TakesLastBytes>).takesLastBytes === true;
}

/** A stream protocol whose reader may receive by itself, in a turn of its own, into memory that is lent. */
export interface Borrowing {
  /** Whether its reader waits for that. */
  readonly isBorrowing: boolean;
  /** It can now: the reader is going to. */
  readable(): void;
}

/** Whether a protocol's reader waits for that. */
export function isBorrowing(protocol: BaseProtocol): protocol is BaseProtocol & Borrowing {
  return (protocol as Partial<Borrowing>).isBorrowing === true;
}

/** What a stream transport can serve. */
export type StreamProtocol = Protocol | BufferedProtocol;

/** Which of the two it is: what counts is what it can do, not the class it comes from. */
export function isBufferedProtocol(protocol: BaseProtocol): protocol is BufferedProtocol {
  return typeof (protocol as Partial<BufferedProtocol>).getBuffer === 'function';
}
