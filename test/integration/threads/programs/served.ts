/**
 * A server on threads, its clients in the same program. Arguments: how the threads share the address, and how
 * it ends.
 */
import {
  type Coroutine,
  gather,
  getRunningLoop,
  openConnection,
  run,
  serveOnThreads,
  sleep,
  timeout,
} from 'selectloop';

const [sharing, ending] = process.argv.slice(2) as ['reuseport' | 'acceptor', string];
const url = new URL('./service.ts', import.meta.url);

function* talk(port: number, text: string): Coroutine<string> {
  const [reader, writer] = yield* openConnection({ host: '127.0.0.1', port });
  const id = String(yield* reader.readLine()).trim();
  writer.write(Buffer.from(`${text}\n`));
  const answer = String(yield* reader.readLine()).trim();
  writer.close();
  return answer === text ? id : `wrong answer ${answer}`;
}

run(() =>
  timeout(30_000, function* () {
    const reports: string[] = [];
    getRunningLoop().setExceptionHandler((_loop, context) => reports.push(String(context.exception)));
    const server = yield* serveOnThreads(url, { threads: 2, port: 0, sharing });
    console.log(String(server).replace(/:\d+/, ':port'));
    const ids = yield* gather(Array.from({ length: 60 }, (_, i) => talk(server.port, `message ${i}`)));
    console.log(
      'answered',
      ids.every((id) => /^\d+$/.test(id)),
      'threads',
      new Set(ids).size > 1 ? 'several' : 'one',
    );
    // In turn, to the connection.
    if (sharing === 'acceptor') console.log('first thread', ids.filter((id) => id === ids[0]).length);
    if (ending === 'death') {
      yield* talk(server.port, 'die');
      while (server.threadCount === 2) yield* sleep(5);
      console.log(reports.join());
      while (server.threadCount < 2) yield* sleep(20);
      const again = yield* gather(Array.from({ length: 40 }, (_, i) => talk(server.port, `again ${i}`)));
      console.log(
        'again',
        again.every((id) => /^\d+$/.test(id)),
      );
    }
    const [reader] = yield* openConnection({ host: '127.0.0.1', port: server.port });
    yield* reader.readLine();
    yield* server.shutdown({ graceMs: 50 });
    console.log('end of stream', (yield* reader.read()).length);
    try {
      yield* openConnection({ host: '127.0.0.1', port: server.port });
    } catch (error) {
      console.log((error as { code: string }).code);
    }
  }),
);
