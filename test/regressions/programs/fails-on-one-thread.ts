/** A server on threads, one of which cannot serve. Prints what becomes of the others. */
import { type Coroutine, openConnection, run, serveOnThreads, sleep } from 'selectloop';
import { createServer } from 'selectloop/socket';

const url = new URL('./serves-or-fails.ts', import.meta.url);

/** A port that nobody has. */
function freePort(): number {
  const sock = createServer(['127.0.0.1', 0]);
  const [, port] = sock.getsockname() as [string, number];
  sock.close();
  return port;
}

run(function* (): Coroutine<void> {
  const port = freePort();
  try {
    yield* serveOnThreads(url, { threads: 2, port });
  } catch (error) {
    console.log(String(error));
  }
  yield* sleep(1000);
  try {
    yield* openConnection('127.0.0.1', port);
    console.log('somebody serves');
  } catch (error) {
    console.log((error as { code: string }).code);
  }
});
