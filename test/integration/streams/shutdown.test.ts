/** Shutting a server of streams down: what becomes of its handlers. */
import { describe, expect, test } from 'vitest';
import {
  type Coroutine,
  createTask,
  openConnection,
  type Server,
  type StreamReader,
  type StreamWriter,
  sleep,
  startServer,
} from '../../../src/index.ts';
import { realLoop } from '../loop/real-loop.ts';

const local = { host: '127.0.0.1', port: 0 } as const;
const text = (value: string): Buffer => Buffer.from(value);

function* connectTo(server: Server): Coroutine<[StreamReader, StreamWriter]> {
  const [host, port] = server.sockets[0]?.getsockname() ?? [];
  return yield* openConnection({ host, port });
}

describe('shutdown', () => {
  test('lets handlers finish, within the time', () => {
    const { loop } = realLoop();
    const log: string[] = [];
    loop.run(function* () {
      const server = yield* startServer(function* (reader, writer) {
        const line = yield* reader.readLine();
        yield* sleep(30);
        yield* writer.write(line);
        writer.close();
        log.push('handler done');
      }, local);
      const [reader, writer] = yield* connectTo(server);
      yield* writer.write(text('work\n'));
      yield* sleep(10);
      const stopping = createTask(server.shutdown({ graceMs: 60_000 }));
      expect((yield* reader.readLine()).toString()).toBe('work\n');
      writer.close();
      yield* stopping;
      log.push('server done');
    });
    expect(log).toEqual(['handler done', 'server done']);
  });

  test('cancels handlers that go on after it, and waits for their clean-up', () => {
    const { loop } = realLoop();
    const log: string[] = [];
    loop.run(function* () {
      const server = yield* startServer(function* () {
        try {
          yield* sleep(60_000);
        } finally {
          yield* sleep(5);
          log.push('cleaned up');
        }
      }, local);
      const [reader, writer] = yield* connectTo(server);
      yield* sleep(10);
      yield* server.shutdown({ graceMs: 20 });
      log.push('server done');
      expect(yield* reader.read()).toHaveLength(0);
      writer.close();
    });
    expect(log).toEqual(['cleaned up', 'server done']);
  });

  test('by a handler does not wait for that handler', () => {
    const { loop } = realLoop();
    loop.run(function* () {
      const answers: string[] = [];
      const server: Server = yield* startServer(function* (reader, writer) {
        answers.push((yield* reader.readLine()).toString());
        writer.close();
        yield* server.shutdown({ graceMs: 60_000 });
        answers.push('over');
      }, local);
      const [, writer] = yield* connectTo(server);
      yield* writer.write(text('stop\n'));
      writer.close();
      while (answers.length < 2) yield* sleep(1);
      expect(answers).toEqual(['stop\n', 'over']);
    });
  });
});
