/** Served on threads by `fails-on-one-thread.ts`: every second thread cannot, the others take a while. */
import { threadId } from 'node:worker_threads';
import { type Coroutine, type Server, sleep, startServer } from 'selectloop';
import type { Socket } from 'selectloop/socket';

export function* serve(sock: Socket): Coroutine<Server> {
  if (threadId % 2 === 1) throw new RangeError('not this one');
  yield* sleep(200);
  return yield* startServer((_reader, writer) => writer.close(), { sock });
}
