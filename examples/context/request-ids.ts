/**
 * Request ids in every line of a log, without handing them from function to function: a context variable follows the task that
 * serves the request, the tasks that it makes, and the callbacks that it leaves behind.
 *
 *     npm run example -- request-ids
 *     printf 'ada\nnobody\n' | nc -q1 127.0.0.1 8060
 */

import {
  ContextVar,
  type Coroutine,
  gather,
  getRunningLoop,
  OSError,
  print,
  runMain,
  type StreamReader,
  type StreamWriter,
  sleep,
  startServer,
} from 'selectloop';
import { commandLine, portNumber } from '../command-line.ts';

const { port } = commandLine('request-ids', { port: portNumber(8060) });

const requestId = new ContextVar<string>('requestId', { default: '-' });
let requestCount = 0;

/** Knows nothing of requests, and names the one it is called for. */
function log(line: string): void {
  print(`[${requestId.get()}] ${line}`);
}

/** Two of these run side by side for each request, each in a task of its own. */
function* lookUp(kind: string, name: string): Coroutine<string> {
  log(`looking up the ${kind} of ${name}`);
  yield* sleep(10);
  return `${kind} of ${name}`;
}

function* answerTo(name: string): Coroutine<string> {
  log(`asked for ${name}`);
  const found = yield* gather([lookUp('age', name), lookUp('town', name)]);
  getRunningLoop().callLater(5, () => log('counted')); // Called when the request is over, in its context.
  return found.join(', ');
}

function* serve(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  using _ = writer;
  try {
    for (;;) {
      const line = yield* reader.readLine();
      if (line.length === 0) return;
      const token = requestId.set(`r-${++requestCount}`);
      try {
        yield* writer.write(Buffer.from(`${yield* answerTo(line.toString().trim())}\n`));
        log('answered');
      } finally {
        requestId.reset(token);
      }
    }
  } catch (error) {
    if (!(error instanceof OSError)) throw error;
    log(`lost the client: ${error.message}`);
  }
}

function* main(): Coroutine<never> {
  using server = yield* startServer(serve, '127.0.0.1', port);
  log(`serving on port ${server.port}`);
  return yield* server.serveForever();
}

runMain(main);
