/**
 * Standard input, output and error output as streams.
 *
 * A descriptor is non-blocking for everyone who has it, the shell and other programs on the same terminal
 * included. So a terminal or a pipe is opened anew where the system can (Linux: all; elsewhere the terminal);
 * what cannot, such as a socket, is duplicated and becomes non-blocking for all. Descriptors 0 to 2 stay open
 * when a stream is closed.
 */

import { constants, openSync } from 'node:fs';
import { isatty } from 'node:tty';
import { requireOptions } from '../base/arguments.ts';
import { check } from '../kernel/os-error.ts';
import { runningLoop } from '../loop/current-loop.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { BaseTransport } from '../transports/base.ts';
import { ReadPipeTransport } from '../transports/read-pipe-transport.ts';
import type { Transport } from '../transports/transport.ts';
import { WritePipeTransport } from '../transports/write-pipe-transport.ts';
import { FileReading } from './file-reading.ts';
import type { StreamOptions } from './open-connection.ts';
import { OutputDuties, OutputProtocol } from './output-protocol.ts';
import { StreamReaderProtocol } from './stream-protocol.ts';
import { StreamReader } from './stream-reader.ts';
import { StreamWriter } from './stream-writer.ts';

/** The streams of one loop, once they were asked for. */
interface StandardStreams {
  input: StreamReader | null;
  readonly outputs: Map<number, StreamWriter>;
  /** By descriptor, too. */
  readonly duties: Map<number, OutputDuties>;
}

const streamsOf = new WeakMap<LoopCore, StandardStreams>();

/**
 * Standard input, to read by coroutines: a terminal, a pipe, a socket, or a file. The same reader each time
 * it is asked for in one run.
 *
 *     yield* stdin().lines(function* (line) {
 *       yield* stdout().write(line);
 *     });
 *
 * It reads ahead: what the run did not take is lost for other readers of the same pipe or terminal. Nothing
 * else of the program may read there meanwhile, such as `process.stdin`.
 *
 * @param options `limit`: the longest line, in bytes; when it is asked for first
 * @throws OSError EBADF when it is closed; RuntimeError outside of a running loop
 */
export function stdin(options: StreamOptions = {}): StreamReader {
  requireOptions('stdin', 'stdin({ limit: 65536 })', options);
  const loop = runningLoop('stdin');
  const streams = standardStreams(loop);
  streams.input ??= openInput(loop, options);
  return streams.input;
}

/**
 * Standard output, to write by coroutines. The same writer each time, until it is closed.
 *
 *     yield* stdout().write(Buffer.from('hello\n')); // waits while the reader of the pipe is slow
 *
 * What is not written when the run ends is written then, before `run()` returns. `print()` and `console.log`
 * do not wait for what this has queued: await the write before, where the order matters.
 *
 * @throws OSError EBADF when it is closed; RuntimeError outside of a running loop. When nobody reads any
 *   more, the write that is awaited throws an OSError with code EPIPE or ECONNRESET: see {@link
 *   isDisconnect}
 */
export function stdout(): StreamWriter {
  return output('stdout', 1);
}

/** Standard error output: as {@link stdout}, with the same errors. Python's `sys.stderr`. */
export function stderr(): StreamWriter {
  return output('stderr', 2);
}

function standardStreams(loop: LoopCore): StandardStreams {
  let streams = streamsOf.get(loop);
  if (streams === undefined) {
    streams = { input: null, outputs: new Map(), duties: new Map() };
    streamsOf.set(loop, streams);
  }
  return streams;
}

function openInput(loop: LoopCore, options: StreamOptions): StreamReader {
  const reader = new StreamReader({ limit: options.limit, loop });
  if (isFile(loop, 0)) {
    reader.setTransport(new FileReading(loop, 0, reader) as unknown as BaseTransport);
    return reader;
  }
  const protocol = new StreamReaderProtocol(reader, { loop });
  const transport = new ReadPipeTransport(loop, ownDescriptor(loop, 0, constants.O_RDONLY), protocol, null);
  loop.closeActions.push(() => transport.releaseNow());
  return reader;
}

function output(call: string, fd: number): StreamWriter {
  const loop = runningLoop(call);
  const { outputs, duties } = standardStreams(loop);
  const known = outputs.get(fd);
  if (known !== undefined && !known.isClosing()) return known;
  const file = isFile(loop, fd);
  const source = file
    ? check(loop.kernel.fds.dup(fd), 'dup', fd)
    : ownDescriptor(loop, fd, constants.O_WRONLY);
  const dutiesOfFd = duties.get(fd) ?? new OutputDuties();
  const protocol = new OutputProtocol(loop, dutiesOfFd);
  const transport = new WritePipeTransport(loop, source, protocol, null, file);
  protocol.begin(transport);
  // Behind the first transport: the loop closes in the opposite order, and this comes before its transports.
  if (!duties.has(fd)) loop.closeActions.push(() => dutiesOfFd.finish(loop));
  duties.set(fd, dutiesOfFd);
  const writer = new StreamWriter(transport as unknown as Transport, protocol, null, loop);
  outputs.set(fd, writer);
  return writer;
}

/** Whether it is what no selector can wait for: a file, or a device that is no terminal. */
function isFile(loop: LoopCore, fd: number): boolean {
  const type = check(loop.kernel.fds.fileType(fd), 'fstat', fd);
  return type === 0 || (type >= 3 && !isatty(fd));
}

/** A descriptor for the same terminal, pipe or socket, which is the caller's to close. */
function ownDescriptor(loop: LoopCore, fd: number, access: number): number {
  const path = process.platform === 'linux' ? `/proc/self/fd/${fd}` : isatty(fd) ? '/dev/tty' : null;
  try {
    if (path !== null) {
      const opened = openSync(path, access | constants.O_NONBLOCK | constants.O_NOCTTY);
      check(loop.kernel.fds.adopt(opened), 'fcntl', opened);
      return opened;
    }
  } catch {
    // A socket (ENXIO), a pipe of another user (EACCES), no controlling terminal.
  }
  return check(loop.kernel.fds.dup(fd), 'dup', fd);
}
