/**
 * A small service in full: counters that clients raise and read, a line each. The tutorial ends with it.
 *
 *     npm run example -- counter-server      # 127.0.0.1:8040; --port changes that
 *     printf 'incr visits\nget visits\nquit\n' | nc 127.0.0.1 8040
 *
 * SIGTERM or Ctrl-C: no new connections, answers under way go out, and the process ends with code 0.
 */

import {
  type Coroutine,
  type Future,
  getRunningLoop,
  isDisconnect,
  LimitOverrunError,
  print,
  run,
  type StreamReader,
  type StreamWriter,
  startServer,
  TimeoutError,
  waitFor,
} from 'selectloop';
import { commandLine, portNumber } from '../command-line.ts';

const { port } = commandLine('counter-server', { port: portNumber(8040) });

const IDLE_MS = 30_000;
const LINE_LIMIT_BYTES = 256;
const GRACE_MS = 5_000;

const counters = new Map<string, number>();

/** The answer to one line; `null` for `quit`. */
function answerTo(line: string): string | null {
  const [verb, name = ''] = line.split(' ');
  if (verb === 'quit') return null;
  if (!/^\w{1,40}$/.test(name)) return 'error: a name has up to 40 letters';
  const value = counters.get(name) ?? 0;
  if (verb === 'get') return String(value);
  if (verb !== 'incr') return 'error: incr NAME, get NAME or quit';
  counters.set(name, value + 1);
  return String(value + 1);
}

function* serve(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  using _ = writer;
  try {
    for (;;) {
      const line = yield* waitFor(reader.readLine(), IDLE_MS);
      const answer = line.length === 0 ? null : answerTo(line.toString().trim());
      if (answer === null) return;
      yield* waitFor(writer.write(Buffer.from(`${answer}\n`)), IDLE_MS);
    }
  } catch (error) {
    if (error instanceof LimitOverrunError) writer.write(Buffer.from('error: the line is too long\n'));
    // The client was silent, or has gone: the end of this connection and of nothing else.
    else if (!(error instanceof TimeoutError || isDisconnect(error))) throw error;
  }
}

/** Done when the first SIGTERM or SIGINT comes. */
function stopRequest(): Future<void> {
  const loop = getRunningLoop();
  const stopped = loop.createFuture<void>();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    loop.addSignalHandler(signal, () => {
      if (!stopped.done()) stopped.setResult();
    });
  }
  return stopped;
}

run(function* main(): Coroutine<void> {
  const stopped = stopRequest();
  const options = { host: '127.0.0.1', port, limit: LINE_LIMIT_BYTES };
  using server = yield* startServer(serve, options);
  print(`Counting on port ${server.port}`);
  yield* stopped;
  yield* server.shutdown({ graceMs: GRACE_MS });
});
