/**
 * The main function of a pool's process. Sent as source text: the rule of `worker-program.ts` holds here too.
 */

import type { CallMessage, LoopReply } from './messages.ts';
import { type WorkerChannel, type WorkerParts, type WorkerTools, workerSource } from './worker-program.ts';

/** Bytes before each message: its length, a 32-bit integer, low byte first. */
export const HEADER_BYTE_COUNT = 4;

/**
 * What a process is sent, as one stream: calls, `null` among them for the end, and the loop's answers to the
 * calls that come from there.
 */
export type ProcessMessage =
  | readonly [kind: 'call', call: CallMessage | null]
  | readonly [kind: 'reply', reply: LoopReply];

/** The views of binary data that a message can have. */
type View = NodeJS.ArrayBufferView<ArrayBuffer>;

/**
 * A message that has come. Each view in it has memory of its own, as in a thread: Node makes them views of
 * the message, or of the pool of small Buffers. Used by the parent, too.
 */
export function readMessage(v8: typeof import('node:v8'), body: Uint8Array): unknown {
  // Bun has a format of its own, and gives each view memory of its own.
  if (!('_readHostObject' in v8.DefaultDeserializer.prototype)) return v8.deserialize(body);
  const deserializer = new v8.DefaultDeserializer(body) as InstanceType<typeof v8.DefaultDeserializer> & {
    _readHostObject(): View;
  };
  // oxlint-disable-next-line no-underscore-dangle -- Node's name for it
  const readView = deserializer._readHostObject.bind(deserializer);
  // oxlint-disable-next-line no-underscore-dangle -- the same
  deserializer._readHostObject = () => {
    const view = readView();
    const memory = view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength);
    if (Buffer.isBuffer(view)) return Buffer.from(memory);
    return new (view.constructor as new (memory: ArrayBuffer) => View)(memory);
  };
  deserializer.readHeader();
  return deserializer.readValue();
}

/** The channel of a process: one socket, blocking, with a message's length before each message. */
function openProcessChannel(fd: number): WorkerChannel {
  const { readSync, writeSync } = process.getBuiltinModule('node:fs');
  const v8 = process.getBuiltinModule('node:v8');
  const fill = (bytes: Uint8Array): boolean => {
    for (let offset = 0; offset < bytes.length; ) {
      const byteCount = readSync(fd, bytes, offset, bytes.length - offset, null);
      if (byteCount === 0) return false;
      offset += byteCount;
    }
    return true;
  };
  const read = (): ProcessMessage | null => {
    const header = Buffer.alloc(4);
    if (!fill(header)) return null;
    const body = Buffer.alloc(header.readUInt32LE(0));
    return fill(body) ? (readMessage(v8, body) as ProcessMessage) : null;
  };
  // What comes while the other kind is waited for: an answer may never be asked for.
  const waiting: Record<ProcessMessage[0], unknown[]> = { call: [], reply: [] };
  const next = (wanted: ProcessMessage[0]): unknown => {
    while (waiting[wanted].length === 0) {
      const message = read();
      // Without a parent there is nothing left to do.
      if (message === null) return null;
      waiting[message[0]].push(message[1]);
    }
    return waiting[wanted].shift();
  };
  return {
    receive: () => next('call') as CallMessage | null,
    receiveReply() {
      const reply = next('reply');
      // The parent is gone: nobody wants what this call works for.
      if (reply === null) process.exit(1);
      return reply;
    },
    post(message) {
      const body = v8.serialize(message);
      const frame = Buffer.allocUnsafe(4 + body.length);
      frame.writeUInt32LE(body.length, 0);
      frame.set(body, 4);
      for (let offset = 0; offset < frame.length; ) {
        try {
          offset += writeSync(fd, frame, offset);
        } catch {
          process.exit(1);
        }
      }
    },
  };
}

/** Serves a pool until it asks for the end, or is gone. */
function processMain(fd: number, parts: WorkerParts, tools: WorkerTools): void {
  const channel = openProcessChannel(fd);
  parts.writeOutputDirectly();
  parts.reportEnd(channel);
  channel.post([2], []);
  void parts.serveCalls(channel, tools).then(() => process.exit(0));
}

/** The program of a pool's process, for `node -e`. @param fd its end of the socket */
export function processSource(fd: number): string {
  return workerSource([openProcessChannel, readMessage], processMain, String(fd), 'null');
}
