/** What the chat servers have in common: how a member is served, whoever keeps the members. */

import {
  type Coroutine,
  isDisconnect,
  LimitOverrunError,
  print,
  type StreamReader,
  type StreamWriter,
  TimeoutError,
  waitFor,
} from 'selectloop';

const NAME_WITHIN_MS = 10_000;

/** Longer lines are not taken. */
export const LINE_LIMIT_BYTES = 1024;

/** Why a client is not, or no longer, welcome. */
export class Refusal extends Error {}

/** Who is here, and what is said. */
export interface Room {
  /** @throws Refusal for a name that is taken */
  join(name: string, writer: StreamWriter): Coroutine<void>;
  say(name: string, line: string): Coroutine<void>;
  leave(name: string): Coroutine<void>;
}

/** Those who are connected to this process. */
export class Members {
  private readonly writers = new Map<string, StreamWriter>();

  get names(): string[] {
    return [...this.writers.keys()];
  }

  has(name: string): boolean {
    return this.writers.has(name);
  }

  add(name: string, writer: StreamWriter): void {
    this.writers.set(name, writer);
    print(`${name} has come`);
  }

  delete(name: string): void {
    if (this.writers.delete(name)) print(`${name} has left`);
  }

  /** Sending to all never waits: who does not read is shown out. */
  tellAll(line: string): void {
    const data = Buffer.from(`${line}\n`);
    // The end of its connection makes the member's own coroutine see the end, and leave in order.
    for (const writer of this.writers.values()) if (!writer.tryWrite(data)) writer.transport.abort();
  }
}

/** Serves one connection from its first line to its last. */
export function* serveMember(room: Room, reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  using _ = writer;
  try {
    const name = nameIn(yield* waitFor(readText(reader), NAME_WITHIN_MS));
    yield* room.join(name, writer);
    try {
      while (!reader.atEof()) {
        const line = yield* readText(reader);
        if (line !== '') yield* room.say(name, line);
      }
    } finally {
      yield* room.leave(name);
    }
  } catch (error) {
    const reason = reasonFor(error);
    if (reason === undefined) throw error;
    if (!writer.isClosing()) writer.write(Buffer.from(`Sorry: ${reason}\n`));
  }
}

/** @throws Refusal for a first line that is no `CONNECT` */
function nameIn(firstLine: string): string {
  const name = /^CONNECT (\S{1,20})$/.exec(firstLine)?.[1];
  if (name === undefined) throw new Refusal('the first line must be CONNECT and a name of up to 20 letters');
  return name;
}

/** A line, without its end and without what would do things to the terminals of others; `''` at the end of the stream. */
function* readText(reader: StreamReader): Coroutine<string> {
  const line = yield* reader.readLine();
  return line
    .toString()
    .trim()
    .replace(/\p{Cc}/gu, '');
}

/** What to tell the client; `undefined` for what is our own mistake. */
function reasonFor(error: unknown): string | undefined {
  if (error instanceof TimeoutError) return 'that took too long';
  if (error instanceof LimitOverrunError) return `a line has at most ${LINE_LIMIT_BYTES} bytes`;
  return error instanceof Refusal || isDisconnect(error) ? error.message : undefined;
}
