/** A child process for coroutines. */

import { isCancelled, RuntimeError } from '../base/errors.ts';
import { moveOnAfter } from '../cancellation/deadlines.ts';
import type { Coroutine } from '../coroutines/coroutine.ts';
import { describeValue } from '../coroutines/misuse.ts';
import type { Future } from '../futures/future.ts';
import { checkTime } from '../loop/call-options.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { SignalInput } from '../signals/signal-handlers.ts';
import { StreamReaderProtocol } from '../streams/stream-protocol.ts';
import { StreamReader } from '../streams/stream-reader.ts';
import { StreamWriter } from '../streams/stream-writer.ts';
import { FIRST_COMPLETED, wait } from '../tasks/wait.ts';
import type { BaseTransport } from '../transports/base.ts';
import type { Transport } from '../transports/transport.ts';
import type { TerminalSize } from './options.ts';
import type { PartialOutput } from './partial-output.ts';
import { SubprocessProtocol } from './subprocess-protocol.ts';
import type { SubprocessTransport } from './subprocess-transport.ts';

/** How long a process may take to end when it is asked to. trio's number. */
export const DEFAULT_GRACE_MS = 5000;

/** How long the pipes of a process that has ended are read while others hold them open. */
const LAST_WORDS_MS = 50;

/** End of input at a terminal: ^D. */
const END_OF_TRANSMISSION = 4;
const NEWLINE = 10;

/** Makes streams of a process. `asyncio.subprocess.SubprocessStreamProtocol` of CPython 3.13. */
export class SubprocessStreamProtocol extends SubprocessProtocol {
  stdin: StreamWriter | null = null;
  stdout: StreamReader | null = null;
  stderr: StreamReader | null = null;
  private readonly loop: LoopCore;
  private readonly limit: number | undefined;
  /** What the writer of stdin waits for. */
  private readonly input: StreamReaderProtocol;

  constructor(loop: LoopCore, limit: number | undefined) {
    super();
    this.loop = loop;
    this.limit = limit;
    // With the limit of the readers: a wrong one throws here, before there is a process.
    this.input = new StreamReaderProtocol(new StreamReader({ limit, loop }), { loop });
  }

  override connectionMade(transport: BaseTransport): void {
    const child = transport as SubprocessTransport;
    const stdin = child.getPipeTransport(0);
    // A writer asks for nothing that a pipe lacks.
    if (stdin !== null) this.stdin = new StreamWriter(stdin as Transport, this.input, null, this.loop);
    this.stdout = this.readerOf(child, 1);
    this.stderr = this.readerOf(child, 2);
  }

  override pipeDataReceived(fd: number, data: Buffer): void {
    this.reader(fd)?.feedData(data);
  }

  override pipeConnectionLost(fd: number, error: Error | null): void {
    if (fd === 0) this.input.connectionLost(error);
    else if (error === null) this.reader(fd)?.feedEof();
    else this.reader(fd)?.setException(error);
  }

  override pauseWriting(): void {
    this.input.pauseWriting();
  }

  override resumeWriting(): void {
    this.input.resumeWriting();
  }

  private reader(fd: number): StreamReader | null {
    return fd === 1 ? this.stdout : this.stderr;
  }

  private readerOf(child: SubprocessTransport, fd: 1 | 2): StreamReader | null {
    const pipe = child.getPipeTransport(fd);
    if (pipe === null) return null;
    const reader = new StreamReader({ limit: this.limit, loop: this.loop });
    reader.setTransport(pipe);
    return reader;
  }
}

/** What a process wrote. `null` for what was no pipe. */
export type ProcessOutput = [stdout: Buffer | null, stderr: Buffer | null];

/**
 * A child process. `asyncio.subprocess.Process` of CPython 3.13; `createSubprocessExec` and
 * `createSubprocessShell` make it.
 *
 *     using process = yield* createSubprocessExec('sort', ['-n'], { stdin: PIPE, stdout: PIPE });
 *     const [sorted] = yield* process.communicate(Buffer.from('10\n9\n'));
 *
 * Where `using` leaves it running, the process is asked to end (SIGTERM), and killed if it has not ended
 * after `graceMs`. No process outlives its loop.
 */
export class Process {
  /** Writes to its stdin; `null` unless that is PIPE or a terminal. */
  readonly stdin: StreamWriter | null;
  /** Reads its stdout; `null` unless that is PIPE or a terminal, which then includes stderr. */
  readonly stdout: StreamReader | null;
  /** Reads its stderr; `null` unless that is PIPE. */
  readonly stderr: StreamReader | null;
  private readonly transport: SubprocessTransport;
  private readonly graceMs: number;
  private readonly hasTerminal: boolean;
  private inputGiven = false;

  /** @internal */
  constructor(
    transport: SubprocessTransport,
    protocol: SubprocessStreamProtocol,
    graceMs: number,
    hasTerminal: boolean,
  ) {
    this.transport = transport;
    this.stdin = protocol.stdin;
    this.stdout = protocol.stdout;
    this.stderr = protocol.stderr;
    this.graceMs = graceMs;
    this.hasTerminal = hasTerminal;
  }

  /** The process number. */
  get pid(): number {
    return this.transport.getPid();
  }

  /**
   * `null` until its end has been seen; then its exit code, or the number of the signal that ended it,
   * negative.
   */
  get returncode(): number | null {
    return this.transport.getReturncode();
  }

  /**
   * Waits for the end. A process that writes more than its pipes hold ends only if somebody reads: see
   * {@link communicate}. Cancelling it leaves the process alone.
   * @returns the exit code, or the number of the signal that ended it, negative
   */
  *wait(): Coroutine<number> {
    return yield* this.transport.waitForExit();
  }

  /** Sends a signal: a number, or a name such as `'SIGUSR1'`. @throws OSError ESRCH when it has ended */
  sendSignal(signal: SignalInput): void {
    this.transport.sendSignal(signal);
  }

  /** Asks it to end: SIGTERM. @throws OSError ESRCH when it has ended */
  terminate(): void {
    this.transport.terminate();
  }

  /** Ends it: SIGKILL. @throws OSError ESRCH when it has ended */
  kill(): void {
    this.transport.kill();
  }

  /**
   * Writes `input` to stdin and closes it, reads stdout and stderr to their ends, and waits for the process.
   * All at once, so neither side can wait for the other for ever. A process that does not want its input ends
   * this all the same.
   *
   * Cancelled, it takes nothing: what has come is still there for the readers, or for a second call, which
   * then must not have input.
   *
   * @param input bytes, or text; at a terminal it is typed, and ^D after it
   * @throws TypeError for input without a pipe; RuntimeError for input after a call that was given some
   */
  *communicate(input?: Uint8Array | string | null): Coroutine<ProcessOutput> {
    const bytes = this.checkedInput(input);
    // At once, so that no cancellation finds a part of it unsent: what the pipe does not take waits in the
    // transport.
    if (this.stdin !== null) this.feed(this.stdin, bytes);
    yield* untilEnds([this.stdout, this.stderr]);
    yield* this.wait();
    // All is there: from here on nothing waits, so no cancellation comes between the two.
    const stdout = this.stdout === null ? null : yield* this.stdout.read();
    return [stdout, this.stderr === null ? null : yield* this.stderr.read()];
  }

  /**
   * Asks it to end (SIGTERM, and SIGCONT for one that is stopped), kills it if it has not ended after
   * `graceMs`, and waits for its end. Its pipes stay open: what it wrote can still be read. Cancelled, it
   * kills at once.
   * @param graceMs milliseconds. Default: what the process was started with
   * @returns as {@link wait}
   * @throws TypeError, and does nothing, for what is no number
   */
  *shutdown(graceMs: number = this.graceMs): Coroutine<number> {
    checkTime(graceMs, 'shutdown', 'graceMs');
    return yield* this.end(graceMs, () => this.wait());
  }

  /**
   * Sets the size of its terminal. It gets SIGWINCH.
   * @throws TypeError for a process without one; ClosedResourceError when it is closed
   */
  resizeTerminal(size: TerminalSize): void {
    this.transport.resizeTerminal(size);
  }

  /**
   * @internal Ends it as {@link shutdown} does, and takes what it writes. Its own last words have come, or
   * are in the pipes by then; processes that it started may hold them open, and are not waited for.
   */
  *endAndTake(): Coroutine<PartialOutput> {
    yield* this.end(this.graceMs, () => this.waitReading());
    try {
      yield* moveOnAfter(LAST_WORDS_MS, () => untilEnds([this.stdout, this.stderr]));
    } catch (error) {
      // A stream that broke: what came before is returned all the same.
      if (isCancelled(error)) throw error;
    }
    const take = (reader: StreamReader | null): Buffer | null =>
      reader === null ? null : reader.buffer.take(reader.unreadByteCount);
    return { stdout: take(this.stdout), stderr: take(this.stderr) };
  }

  /** @internal Closes its pipes; one that runs is killed. */
  close(): void {
    this.transport.close();
  }

  /**
   * Closes its pipes; one that runs is asked to end, and killed when it takes longer than `graceMs`. Does not
   * wait.
   */
  [Symbol.dispose](): void {
    this.transport.endWithin(this.graceMs);
  }

  toString(): string {
    const state = this.returncode === null ? 'running' : `returncode=${this.returncode}`;
    return `<Process ${this.pid} ${state}>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  private *end(graceMs: number, untilExit: () => Coroutine<unknown>): Coroutine<number> {
    if (this.returncode !== null) return this.returncode;
    try {
      this.transport.askToEnd();
      yield* moveOnAfter(graceMs, untilExit);
    } finally {
      if (this.returncode === null) this.transport.ensureEnd();
    }
    return yield* this.wait();
  }

  /** As {@link wait}. A process that has more to say than its pipes hold would never end if nobody read. */
  private *waitReading(): Coroutine<void> {
    const exit = this.transport.waitForExit();
    try {
      yield* untilEnds([this.stdout, this.stderr], exit);
      yield* exit;
    } catch (error) {
      if (isCancelled(error)) throw error;
      // A stream that broke: the process may end all the same.
      yield* exit;
    } finally {
      exit.cancel();
    }
  }

  private checkedInput(input: Uint8Array | string | null | undefined): Uint8Array | null {
    if (input === undefined || input === null) return null;
    requireInput(input, 'communicate');
    if (this.stdin === null) {
      throw new TypeError(
        'communicate: there is no pipe for the input. Start the process with { stdin: PIPE }.',
      );
    }
    if (this.inputGiven) {
      throw new RuntimeError(
        'communicate: input was given already, and is being sent. Call it without input.',
      );
    }
    this.inputGiven = true;
    return typeof input === 'string' ? Buffer.from(input) : input;
  }

  /**
   * A process that does not want its input closes the pipe, or ends: no error, since its output is what
   * counts.
   */
  private feed(stdin: StreamWriter, input: Uint8Array | null): void {
    if (stdin.isClosing()) return;
    if (input !== null) stdin.write(input);
    if (!this.hasTerminal) {
      stdin.close();
      return;
    }
    // At the beginning of a line ^D is the end; elsewhere it only hands over what was typed.
    const atLineStart = input === null || input.length === 0 || input[input.length - 1] === NEWLINE;
    stdin.write(Buffer.alloc(atLineStart ? 1 : 2, END_OF_TRANSMISSION));
  }
}

/** @throws TypeError for what cannot be written to a stdin */
export function requireInput(input: unknown, call: string): void {
  if (typeof input === 'string' || input instanceof Uint8Array) return;
  throw new TypeError(`${call}: input must be bytes or a string, got ${describeValue(input)}`);
}

/**
 * Waits for the ends of streams, all at once, and takes nothing from them: whatever comes stays in their
 * buffers.
 * @param exit ends the wait before
 */
function* untilEnds(
  readers: readonly (StreamReader | null)[],
  exit: Future<number> | null = null,
): Coroutine<void> {
  const open = (): StreamReader[] =>
    readers.filter((reader) => reader !== null && !reader.source.eof) as StreamReader[];
  for (let left = open(); left.length > 0 && exit?.done() !== true; left = open()) {
    const waiting: [StreamReader, Future<void>][] = [];
    try {
      for (const reader of left) {
        const error = reader.exception();
        if (error !== null) throw error;
        waiting.push([reader, reader.source.waitForData('communicate')]);
      }
      const ready: Future<unknown>[] = waiting.map(([, waiter]) => waiter);
      if (exit !== null) ready.push(exit);
      yield* wait(ready, { returnWhen: FIRST_COMPLETED });
    } finally {
      for (const [reader, waiter] of waiting) reader.source.stopWaiting(waiter);
    }
  }
}
