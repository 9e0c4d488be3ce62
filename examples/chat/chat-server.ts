/**
 * A chat server. The first line of a client says who it is, `CONNECT name`; every line after that goes to everybody.
 *
 *     npm run example -- chat-server        # 127.0.0.1:8010; --port changes that
 *     npm run example -- chat-client ada    # from several terminals; `nc 127.0.0.1 8010` will do, too
 *
 * What a chat must not do is suffer from its slowest member: sending to all never waits, and who does not read is shown out.
 */

import {
  type Coroutine,
  isDisconnect,
  LimitOverrunError,
  print,
  runMain,
  type StreamReader,
  type StreamWriter,
  startServer,
  TimeoutError,
  waitFor,
} from 'selectloop';
import { commandLine, portNumber } from '../command-line.ts';

const { port } = commandLine('chat-server', { port: portNumber(8010) });

const NAME_WITHIN_MS = 10_000;
const LINE_LIMIT_BYTES = 1024;

class Chat {
  private readonly members = new Map<string, StreamWriter>();

  /** Serves one connection from its first line to its last. */
  *serve(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
    using _ = writer;
    try {
      const name = this.accept(yield* waitFor(readText(reader), NAME_WITHIN_MS));
      yield* this.stay(name, reader, writer);
    } catch (error) {
      const reason = reasonFor(error);
      if (reason === undefined) throw error;
      if (!writer.isClosing()) writer.write(Buffer.from(`Sorry: ${reason}\n`));
    }
  }

  /** @throws Refusal for a first line that is no `CONNECT`, or a name that is taken */
  private accept(firstLine: string): string {
    const name = /^CONNECT (\S{1,20})$/.exec(firstLine)?.[1];
    if (name === undefined)
      throw new Refusal('the first line must be CONNECT and a name of up to 20 letters');
    if (this.members.has(name)) throw new Refusal(`${name} is here already`);
    return name;
  }

  private *stay(name: string, reader: StreamReader, writer: StreamWriter): Coroutine<void> {
    this.members.set(name, writer);
    print(`${name} has come`);
    this.tellAll(`* ${name} has come; here: ${[...this.members.keys()].join(', ')}`);
    try {
      while (!reader.atEof()) {
        const line = yield* readText(reader);
        if (line !== '') this.tellAll(`${name}: ${line}`);
      }
    } finally {
      this.members.delete(name);
      print(`${name} has left`);
      this.tellAll(`* ${name} has left`);
    }
  }

  private tellAll(line: string): void {
    const data = Buffer.from(`${line}\n`);
    // The end of its connection makes the member's own coroutine see the end, and leave in order.
    for (const writer of this.members.values()) if (!writer.tryWrite(data)) writer.transport.abort();
  }
}

/** Why a client is not, or no longer, welcome. */
class Refusal extends Error {}

/** What to tell the client; `undefined` for what is our own mistake. */
function reasonFor(error: unknown): string | undefined {
  if (error instanceof TimeoutError) return 'that took too long';
  if (error instanceof LimitOverrunError) return `a line has at most ${LINE_LIMIT_BYTES} bytes`;
  return error instanceof Refusal || isDisconnect(error) ? error.message : undefined;
}

/** A line, without its end and without what would do things to the terminals of others; `''` at the end of the stream. */
function* readText(reader: StreamReader): Coroutine<string> {
  const line = yield* reader.readLine();
  return line
    .toString()
    .trim()
    .replace(/\p{Cc}/gu, '');
}

function* main(): Coroutine<never> {
  const chat = new Chat();
  const options = { host: '127.0.0.1', port, limit: LINE_LIMIT_BYTES };
  using server = yield* startServer((reader, writer) => chat.serve(reader, writer), options);
  print(`Chatting on port ${server.port}`);
  return yield* server.serveForever();
}

runMain(main);
