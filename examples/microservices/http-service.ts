/** A service over HTTP whose answers are coroutines: Node's server in front, our tasks behind it, in guest mode. */

import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type Coroutine, createTask, fromPromise, isCancelled, shielded } from 'selectloop';

/** What is answered: any value, as JSON. `undefined` is a 404. */
export type Answer = (path: string) => Coroutine<unknown>;

/** An answer with a status of its own. */
export class StatusError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Serves on 127.0.0.1 while `body` runs. @throws the system's error, such as EADDRINUSE */
export function* withService<T>(
  port: number,
  answer: Answer,
  body: (port: number) => Coroutine<T>,
): Coroutine<T> {
  const server = createServer((request, response) => {
    // Not as a URL: anybody may ask for `//`, which is none.
    const [path = '/'] = (request.url ?? '/').split('?', 1);
    const task = createTask(respond(response, () => answer(path)));
    // The client has gone: nobody waits for the answer any more. (After an answer the task is done, and this does nothing.)
    response.once('close', () => task.cancel());
  });
  const listening = once(server, 'listening');
  server.listen(port, '127.0.0.1');
  yield* fromPromise(listening);
  try {
    const address = server.address();
    return yield* body(typeof address === 'object' && address !== null ? address.port : port);
  } finally {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    yield* shielded(() => fromPromise(closed));
  }
}

function* respond(response: ServerResponse, answer: () => Coroutine<unknown>): Coroutine<void> {
  let [status, value]: [number, unknown] = [200, undefined];
  try {
    value = yield* answer();
    if (value === undefined) [status, value] = [404, { error: 'no such page' }];
  } catch (error) {
    if (isCancelled(error)) throw error;
    [status, value] =
      error instanceof StatusError
        ? [error.status, { error: error.message }]
        : [500, { error: 'internal error' }];
  }
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(value)}\n`);
}
