/**
 * Our streams as one of Node's.
 *
 * | Node calls    | which does                                      | and is told                          |
 * |---------------|-------------------------------------------------|--------------------------------------|
 * | read          | one reader.read(), a task                       | of the bytes, the end, the error     |
 * | write, writev | writer.write(), then drain()                    | when the system has taken every byte |
 * | final         | writeEof(); without half-close, close()         | at once                              |
 * | destroy       | ends the read; close(), or abort() if cut short | when the connection is closed        |
 */

import type { Duplex } from 'node:stream';
import { CancelledError, ClosedResourceError } from '../base/errors.ts';
import { nodeModules } from '../base/node-modules.ts';
import type { Coroutine } from '../coroutines/coroutine.ts';
import type { StreamReader } from '../streams/stream-reader.ts';
import type { StreamWriter } from '../streams/stream-writer.ts';
import { spawn } from '../tasks/create-task.ts';
import type { Task } from '../tasks/task.ts';
import { requireNodeTurns } from './node-turns.ts';

/** As much as Node's own sockets read at once. */
const READ_BYTES = 64 * 1024;

/** What Node hands to `write` and `destroy` to hear of their end. */
type Done = (error?: Error | null) => void;

/** The calls behind one Duplex. */
class DuplexCalls {
  private readonly reader: StreamReader;
  private readonly writer: StreamWriter;
  private readonly tasks = new Set<Task<unknown>>();
  private hasEnded = false;
  private hasFinished = false;

  constructor(reader: StreamReader, writer: StreamWriter) {
    this.reader = reader;
    this.writer = writer;
    // Node keeps what is not taken yet, and lets go of a chunk when it is told: so nothing may be held back
    // here.
    writer.transport.setWriteBufferLimits({ high: 0 });
  }

  read(stream: Duplex): void {
    this.start(
      this.reader.read(READ_BYTES),
      (data) => {
        this.hasEnded = data.length === 0;
        stream.push(this.hasEnded ? null : data);
      },
      (error) => stream.destroy(error),
    );
  }

  write(chunks: readonly Uint8Array[], done: Done): void {
    try {
      this.writer.writeLines(chunks);
    } catch (error) {
      done(error as Error);
      return;
    }
    if (this.writer.transport.getWriteBufferSize() === 0 && !this.writer.isClosing()) done();
    else this.start(this.flush(), () => done(), done);
  }

  final(done: Done): void {
    this.hasFinished = true;
    // A connection without half-close, such as TLS, says its end by closing.
    if (this.writer.canWriteEof()) this.writer.writeEof();
    else this.writer.close();
    done();
  }

  destroy(error: Error | null, done: Done): void {
    for (const task of this.tasks) task.cancel();
    if (error === null && this.hasFinished && this.hasEnded) this.writer.close();
    else this.writer.transport.abort();
    const ended = (): void => done(error);
    if (this.writer.getLoop().isGuest) this.start(this.writer.waitClosed(), ended, ended);
    else ended();
  }

  /**
   * Waits until the system has all. What a broken connection drops leaves room as well, and why it broke is
   * known at its end.
   */
  private *flush(): Coroutine<void> {
    yield* this.writer.drain();
    if (!this.writer.isClosing()) return;
    yield* this.writer.waitClosed();
    yield* this.writer.drain();
  }

  private start<T>(work: Coroutine<T>, onResult: (result: T) => void, onError: (error: Error) => void): void {
    const task = spawn(this.writer.getLoop(), work);
    this.tasks.add(task);
    task.then(
      (result) => {
        this.tasks.delete(task);
        onResult(result);
      },
      (error: unknown) => {
        this.tasks.delete(task);
        onError(error instanceof CancelledError ? endOfRun(error) : (error as Error));
      },
    );
  }
}

/** Nobody but the end of a run cancels these tasks, or the Duplex itself, which hears of nothing any more. */
function endOfRun(cause: CancelledError): ClosedResourceError {
  const error = new ClosedResourceError('the run in which the connection was opened has ended');
  error.cause = cause;
  return error;
}

/**
 * Our streams as a Node `Duplex`: to give a connection to `node:http`, `node:tls`, `pipeline()`, or any
 * library that takes a stream.
 *
 *     const [reader, writer] = yield* openConnection({ host, port });
 *     yield* fromPromise(pipeline(createReadStream('file'), toDuplex(reader, writer)));
 *
 * Back-pressure goes both ways; `end()` is the half-close, `destroy()` closes, and drops what is not sent.
 * The Duplex has both from now on: do not read or write beside it.
 *
 * @throws RuntimeError in a blocking run, where Node's streams stand still
 */
export function toDuplex(reader: StreamReader, writer: StreamWriter): Duplex {
  requireNodeTurns('toDuplex', writer.getLoop());
  const calls = new DuplexCalls(reader, writer);
  return new nodeModules.stream.Duplex({
    allowHalfOpen: true,
    decodeStrings: true,
    read() {
      calls.read(this);
    },
    write(chunk: Buffer, _encoding, done) {
      calls.write([chunk], done);
    },
    writev(chunks, done) {
      calls.write(
        chunks.map(({ chunk }) => chunk as Buffer),
        done,
      );
    },
    final(done) {
      calls.final(done);
    },
    destroy(error, done) {
      calls.destroy(error, done);
    },
  });
}
