/** A server on threads that is told to shut down in a wrong way, and then in a right one. */
import { run, serveOnThreads, timeout } from 'selectloop';

const url = new URL('../../integration/threads/programs/service.ts', import.meta.url);

run(() =>
  timeout(30_000, function* () {
    for (const wrong of [null, { port: 0, host: 5 }, { port: 0, sharing: 'neither' }]) {
      try {
        yield* serveOnThreads(url, wrong as never);
      } catch (error) {
        console.log(String(error));
      }
    }
    using server = yield* serveOnThreads(url, { threads: 1, port: 0 });
    try {
      yield* server.shutdown({ graceMs: '5' as never });
    } catch (error) {
      console.log(String(error));
    }
    console.log(server.threadCount);
    yield* server.shutdown({ graceMs: 0 });
  }),
);
