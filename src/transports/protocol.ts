/**
 * What a user of transports implements: the methods that a transport calls. All run in the loop, none may block, and what
 * one throws ends the connection, or is reported where there is none to end.
 *
 *     connectionMade ( dataReceived* eofReceived? | getBuffer bufferUpdated … | datagramReceived* errorReceived* ) connectionLost
 *     pauseWriting and resumeWriting alternate, beginning with pauseWriting, between connectionMade and connectionLost
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
   * The other side has sent its last byte.
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
   * Bytes have arrived in the memory that the last {@link getBuffer} returned.
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
   * @param _address who sent it
   */
  datagramReceived(_data: Buffer, _address: Address): void {}

  /** A send or receive was refused, such as ECONNREFUSED for a message that nobody received. The transport goes on. */
  errorReceived(_error: Error): void {}
}

/** What a stream transport can serve. */
export type StreamProtocol = Protocol | BufferedProtocol;

/** Which of the two it is: as for types, what counts is what it can do, not which class it comes from. */
export function isBufferedProtocol(protocol: BaseProtocol): protocol is BufferedProtocol {
  return typeof (protocol as Partial<BufferedProtocol>).getBuffer === 'function';
}
