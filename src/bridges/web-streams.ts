/**
 * Our streams as those of the web platform. Only one call of each is under way at a time: the platform sees
 * to that.
 */

import type { ReadableStream, WritableStream } from 'node:stream/web';
import { nodeModules } from '../base/node-modules.ts';
import type { StreamReader } from '../streams/stream-reader.ts';
import type { StreamWriter } from '../streams/stream-writer.ts';
import { toDuplex } from './to-duplex.ts';

/** Both directions of a connection, as `TransformStream` and `WebSocketStream` have them. */
export interface WebStreams {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
}

/**
 * Our streams as a pair of Web streams: `{ readable, writable }`.
 *
 *     const { readable, writable } = toWebStreams(reader, writer);
 *     yield* fromPromise(readable.pipeThrough(new DecompressionStream('gzip')).pipeTo(sink));
 *
 * Back-pressure goes both ways. Closing `writable` is the half-close; aborting it, or cancelling `readable`
 * before the end, closes the connection. They have both ends from now on: do not read or write beside them.
 *
 * @throws RuntimeError in a blocking run, where Promises do not settle
 */
export function toWebStreams(reader: StreamReader, writer: StreamWriter): WebStreams {
  return nodeModules.stream.Duplex.toWeb(toDuplex(reader, writer)) as WebStreams;
}
