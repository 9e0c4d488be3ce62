/** The module of the loop threads in the tests. */

import type { StreamReader, StreamWriter } from 'selectloop';
import { type Coroutine, createTask, getRunningLoop, type Server, sleep, startServer } from 'selectloop';
import type { Socket } from 'selectloop/socket';

let calls = 0;

export function* add(a: number, b: number): Coroutine<number> {
  calls++;
  yield* sleep(5);
  return a + b;
}

export function callCount(): number {
  return calls;
}

export function* waitLong(words: Int32Array): Coroutine<void> {
  try {
    yield* sleep(3600_000);
  } finally {
    Atomics.add(words, 0, 1);
  }
}

export function* fails(): Coroutine<never> {
  yield* sleep(1);
  throw Object.assign(new RangeError('too far'), { limit: 3 });
}

export function exit(code: number): void {
  process.exit(code);
}

/** An error of Node's event loop would end the thread; one in a callback of our loop is reported. */
export function failLater(): void {
  getRunningLoop().callLater(5, () => {
    throw new Error('in a callback');
  });
}

export function failTask(): void {
  createTask(fails());
}

export function spin(): void {
  for (;;) {
    // Until it is terminated.
  }
}

function* echo(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  const { threadId } = process.getBuiltinModule('node:worker_threads');
  writer.write(Buffer.from(`${threadId}\n`));
  for (;;) {
    const line = yield* reader.readLine();
    if (line.length === 0) break;
    if (line.toString() === 'die\n') process.exit(9);
    writer.write(line);
    yield* writer.drain();
  }
  writer.close();
}

export function* serve(sock: Socket): Coroutine<Server> {
  return yield* startServer(echo, { sock });
}
