/** Async functions as methods of a protocol, and `await using`. */
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import {
  type BaseTransport,
  type Coroutine,
  createTask,
  Event,
  getRunningLoop,
  openConnection,
  PIPE,
  Protocol,
  run,
  runGuest,
  type Server,
  SubprocessProtocol,
  sleep,
  startServer,
  type Transport,
} from '../../../src/index.ts';

function portOf(server: Server): number {
  return (server.sockets[0]?.getsockname() as [string, number] | undefined)?.[1] ?? 0;
}

/** Answers each message after a wait; fails for one that begins with `bad`. */
class Answering extends Protocol {
  private transport: Transport | undefined;

  // oxlint-disable-next-line typescript/no-misused-promises -- what is tested
  override async connectionMade(transport: BaseTransport): Promise<void> {
    this.transport = transport as Transport;
    await pause(1);
    this.transport.write(Buffer.from('welcome;'));
  }

  // oxlint-disable-next-line typescript/no-misused-promises -- what is tested
  override async dataReceived(data: Buffer): Promise<void> {
    await pause(5);
    if (data.toString().startsWith('bad')) throw new RangeError('bad message');
    this.transport?.write(Buffer.concat([Buffer.from('got '), data]));
  }
}

describe('async methods of a protocol', () => {
  it('run in a guest, and what they reject with ends their connection and is reported', async () => {
    const reports: string[] = [];
    await runGuest(function* () {
      const loop = getRunningLoop();
      loop.setExceptionHandler((_loop, context) => reports.push(String(context.exception)));
      const server = yield* loop.createServer(() => new Answering(), { host: '127.0.0.1', port: 0 });
      const [reader, writer] = yield* openConnection({ host: '127.0.0.1', port: portOf(server) });
      expect(String(yield* reader.readExactly(8))).toBe('welcome;');
      writer.write(Buffer.from('good'));
      expect(String(yield* reader.readExactly(8))).toBe('got good');
      writer.write(Buffer.from('bad'));
      expect((yield* reader.read()).length).toBe(0);
      writer.close();
      server.close();
    });
    expect(reports).toEqual(['RangeError: bad message']);
  });

  it.skipIf(process.env.SELECTLOOP_TEST_DRIVER === 'guest')(
    'are reported with the remedy in a blocking run, and the connection ends',
    () => {
      const reports: string[] = [];
      run(function* () {
        const loop = getRunningLoop();
        loop.setExceptionHandler((_loop, context) => reports.push(String(context.exception)));
        const server = yield* loop.createServer(() => new Answering(), { host: '127.0.0.1', port: 0 });
        const [reader, writer] = yield* openConnection({ host: '127.0.0.1', port: portOf(server) });
        writer.write(Buffer.from('good'));
        expect((yield* reader.read()).length).toBe(0);
        writer.close();
        server.close();
      });
      expect(reports).toEqual([
        expect.stringMatching(/connectionMade\(\) returned a Promise. A Promise cannot settle.*use runGuest/),
        expect.stringMatching(/dataReceived\(\) returned a Promise. A Promise cannot settle.*use runGuest/),
      ]);
    },
  );

  it('eofReceived has to answer at once', async () => {
    const reports: string[] = [];
    class Late extends Protocol {
      override async eofReceived(): Promise<boolean> {
        await pause(1);
        return true;
      }
    }
    await runGuest(function* () {
      const loop = getRunningLoop();
      loop.setExceptionHandler((_loop, context) => reports.push(String(context.exception)));
      const server = yield* loop.createServer(() => new Late(), { host: '127.0.0.1', port: 0 });
      const [reader, writer] = yield* openConnection({ host: '127.0.0.1', port: portOf(server) });
      writer.writeEof();
      expect((yield* reader.read()).length).toBe(0);
      writer.close();
      server.close();
    });
    expect(reports).toEqual([expect.stringMatching(/to be answered at once. Make it a plain function/)]);
  });
});

/** Fails, later, for what the process writes, and for its end. */
class Listening extends SubprocessProtocol {
  readonly over = new Event();

  // oxlint-disable-next-line typescript/no-misused-promises -- what is tested
  override async pipeDataReceived(_fd: number, data: Buffer): Promise<void> {
    await pause(1);
    throw new RangeError(`no ${String(data)}`);
  }

  // oxlint-disable-next-line typescript/no-misused-promises -- what is tested
  override async processExited(): Promise<void> {
    await pause(1);
    throw new RangeError('no end');
  }

  override connectionLost(): void {
    this.over.set();
  }
}

describe('async methods of the protocol of a process', () => {
  function* listen(reports: string[]): Coroutine<void> {
    const loop = getRunningLoop();
    loop.setExceptionHandler((_loop, { message, exception }) => reports.push(`${message}: ${exception}`));
    const [, protocol] = yield* loop.subprocessExec(() => new Listening(), 'echo', ['-n', 'word'], {
      stdout: PIPE,
    });
    yield* protocol.over.wait();
    while (reports.length < 2) yield* sleep(1);
  }

  it('are reported in a guest when they reject', async () => {
    const reports: string[] = [];
    await runGuest(() => listen(reports));
    expect(reports.toSorted()).toEqual([
      'protocol.pipeDataReceived() failed: RangeError: no word',
      'protocol.processExited() failed: RangeError: no end',
    ]);
  });

  it.skipIf(process.env.SELECTLOOP_TEST_DRIVER === 'guest')('and at once in a blocking run', () => {
    const reports: string[] = [];
    run(() => listen(reports));
    const remedy = 'returned a Promise. A Promise cannot settle';
    expect(reports.toSorted()).toEqual([
      expect.stringContaining(`pipeDataReceived() failed: TypeError: protocol.pipeDataReceived() ${remedy}`),
      expect.stringContaining(`processExited() failed: TypeError: protocol.processExited() ${remedy}`),
    ]);
  });
});

describe('await using', () => {
  it('closes a writer when all is sent, and shuts a server down', async () => {
    const received = await runGuest(async () => {
      let text = '';
      let kept: Server;
      {
        await using server = await createTask(
          startServer(
            function* (reader, writer) {
              text = String(yield* reader.read());
              writer.close();
            },
            { host: '127.0.0.1', port: 0 },
          ),
        );
        kept = server;
        const [, opened] = await createTask(openConnection({ host: '127.0.0.1', port: portOf(server) }));
        await using writer = opened;
        writer.write(Buffer.from('all of it'));
      }
      expect(kept.isServing()).toBe(false);
      return text;
    });
    expect(received).toBe('all of it');
  });
});
