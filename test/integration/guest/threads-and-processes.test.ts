/**
 * Processes, pools and loops on threads in a loop that is a guest of Node's own, beside Node's timers and its
 * children.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import {
  createSubprocessExec,
  fromPromise,
  gather,
  LoopThread,
  openConnection,
  PIPE,
  ProcessPoolExecutor,
  runGuest,
  runProcess,
  serveOnThreads,
  ThreadPoolExecutor,
  toThread,
} from '../../../src/index.ts';
import { builtProgram } from '../../support/built-program.ts';
import { errorOf } from '../executors/fixtures.ts';

const service = pathToFileURL(builtProgram('test/integration/threads/programs/service.ts'));

test('functions on threads and in processes', async () => {
  let turns = 0;
  const timer = setInterval(() => turns++, 5);
  const results = await runGuest(function* () {
    using threads = new ThreadPoolExecutor({ maxWorkers: 2 });
    using processes = new ProcessPoolExecutor({ maxWorkers: 1 });
    const square = (n: number) => n * n;
    const killed = errorOf(processes.submit((): void => void process.kill(process.pid, 'SIGKILL')));
    return [
      ...(yield* gather([threads.submit(square, 2), processes.submit(square, 3), toThread(square, 4)])),
      yield* threads.map(square, [5, 6]),
      (yield* killed).name,
      yield* processes.submit(square, 7),
    ];
  });
  clearInterval(timer);
  expect(results).toEqual([4, 9, 16, [25, 36], 'BrokenExecutorError', 49]);
  expect(turns).toBeGreaterThan(1);
});

test("processes, beside Node's own", async () => {
  const codes = await runGuest(function* () {
    const theirs = once(spawn('sh', ['-c', 'exit 21'], { env: { PATH: process.env.PATH ?? '' } }), 'exit');
    const cat = yield* createSubprocessExec('cat', [], { stdin: PIPE, stdout: PIPE });
    const [output] = yield* cat.communicate('through a pipe');
    const { returncode } = yield* runProcess(['sh', '-c', 'exit 22'], { check: false });
    const late = yield* errorOf(runProcess(['sleep', '60'], { timeoutMs: 50 }));
    const [code] = (yield* fromPromise(theirs)) as [number];
    return [String(output), returncode, late.name, code];
  });
  expect(codes).toEqual(['through a pipe', 22, 'TimeoutError', 21]);
});

test('loops on threads, and a server on them', async () => {
  const results = await runGuest(function* () {
    const thread = new LoopThread<typeof import('../threads/programs/service.ts')>(service);
    const sums = yield* gather([thread.call('add', 1, 2), thread.call('add', 3, 4)]);
    yield* thread.stop();
    const server = yield* serveOnThreads(service, { threads: 2, port: 0, sharing: 'acceptor' });
    const [reader, writer] = yield* openConnection({ host: '127.0.0.1', port: server.port });
    yield* reader.readLine();
    writer.write(Buffer.from('echo\n'));
    const line = String(yield* reader.readLine());
    writer.close();
    yield* server.shutdown({ graceMs: 100 });
    return [...sums, line];
  });
  expect(results).toEqual([3, 7, 'echo\n']);
});
