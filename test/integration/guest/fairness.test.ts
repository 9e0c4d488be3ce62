/**
 * Who gets how many turns when neither side ever rests. A turn of a side is an iteration of Node's loop in
 * which its work ran, however many passes or chunks that were. Counted, not timed: a slow machine slows both.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import {
  type Coroutine,
  createTask,
  fromPromise,
  openConnection,
  runGuest,
  type Server,
  type StreamReader,
  type StreamWriter,
  sleep,
  startServer,
} from '../../../src/index.ts';

/** What one side of a mix goes by: whether to go on, and whom to tell of a turn. */
interface Side {
  readonly live: () => boolean;
  readonly count: () => void;
}

const CHUNK = Buffer.alloc(1000);

/** Turns of both sides until there were `total`. */
async function turnsOf(
  total: number,
  ours: (side: Side) => Coroutine<void>,
  nodes: (side: Side) => Promise<void>,
): Promise<{ readonly ours: number; readonly nodes: number }> {
  const turns = { ours: 0, nodes: 0 };
  const live = () => turns.ours + turns.nodes < total;
  // Counted from when both have begun: connecting takes turns of its own.
  const begun = { ours: false, nodes: false };
  const countedNow = { ours: false, nodes: false };
  const counting = (side: 'ours' | 'nodes') => () => {
    begun[side] = true;
    if (countedNow[side] || !begun.ours || !begun.nodes) return;
    turns[side]++;
    countedNow[side] = true;
    setImmediate(() => {
      countedNow[side] = false;
    });
  };
  await runGuest(function* () {
    const node = nodes({ live, count: counting('nodes') });
    const work = createTask(ours({ live, count: counting('ours') }));
    while (live()) yield* sleep(1);
    yield* work;
    yield* fromPromise(node);
  });
  return turns;
}

/** Callbacks of ours without an end: at least one a pass. */
function* passes({ live, count }: Side): Coroutine<void> {
  while (live()) {
    yield* sleep(0);
    count();
  }
}

/** A connection of ours of which both ends are always ready. */
function* busySocket(side: Side): Coroutine<void> {
  const server = yield* startServer(
    function* (_reader: StreamReader, writer: StreamWriter): Coroutine<void> {
      while (side.live()) yield* writer.write(CHUNK);
      writer.close();
    },
    { host: '127.0.0.1', port: 0 },
  );
  const [reader, writer] = yield* openConnection({ host: '127.0.0.1', port: portOf(server) });
  const counting = createTask(passes(side));
  while (side.live()) yield* reader.read(CHUNK.length);
  yield* counting;
  writer.close();
  server.close();
}

function portOf(server: Server): number {
  return (server.sockets[0]?.getsockname() as [string, number] | undefined)?.[1] ?? 0;
}

/** Callbacks of Node's without an end: one an iteration, each with `work` to do. */
async function immediates(side: Side, work: () => unknown = () => {}): Promise<void> {
  while (side.live()) {
    await work();
    side.count();
    await new Promise(setImmediate);
  }
}

/** A connection of node:net of which both ends are always ready. */
async function busyNetSocket({ live, count }: Side): Promise<void> {
  const server = createServer((socket) => {
    const fill = (): void => {
      while (live() && socket.write(CHUNK));
      if (!live()) socket.destroy();
    };
    socket.on('drain', fill).on('error', () => {});
    fill();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client
    .on('error', () => {})
    .on('data', () => {
      if (!live()) client.destroy();
      count();
    });
  await once(client, 'close');
  await once(server.close(), 'close');
}

/** Holds the thread. */
function compute(): void {
  for (const endMs = performance.now() + 2; performance.now() < endMs; );
}

function expectFair({ ours, nodes }: { readonly ours: number; readonly nodes: number }): void {
  const third = (ours + nodes) / 3;
  expect(ours, `of ${ours + nodes} turns`).toBeGreaterThanOrEqual(third);
  expect(nodes, `of ${ours + nodes} turns`).toBeGreaterThanOrEqual(third);
}

describe('neither side gets less than a third of the turns', () => {
  it('an always-ready socket of ours, beside callbacks of setImmediate without an end', async () => {
    expectFair(await turnsOf(300, busySocket, immediates));
  });

  it('an always-ready socket of ours, beside one of node:net', async () => {
    expectFair(await turnsOf(200, busySocket, busyNetSocket));
  });

  it('an always-ready socket of ours, beside bursts of 1,000 resolved Promises without an end', async () => {
    const burst = async () => {
      for (let i = 0; i < 1000; i++) await Promise.resolve();
    };
    expectFair(await turnsOf(300, busySocket, (side) => immediates(side, burst)));
  });

  it('tasks that await resolved Promises without an end, beside computations of 2 ms', async () => {
    expectFair(
      await turnsOf(
        100,
        function* (side) {
          while (side.live()) {
            yield* fromPromise(Promise.resolve());
            side.count();
          }
        },
        (side) => immediates(side, compute),
      ),
    );
  });

  it('tasks that compute for 2 ms without an end, beside node:net', async () => {
    expectFair(
      await turnsOf(
        100,
        function* (side) {
          while (side.live()) {
            yield* sleep(0);
            compute();
            side.count();
          }
        },
        busyNetSocket,
      ),
    );
  });
});

describe('a chain of resolved Promises that does not end', () => {
  it("stops node:net as it stops a guest: Node's loop does not go on before the chain ends", async () => {
    const turns = { ours: 0, nodes: 0 };
    let ended = false;
    const live = () => !ended;
    await runGuest(function* () {
      const work = createTask(busySocket({ live, count: () => void turns.ours++ }));
      const node = busyNetSocket({ live, count: () => void turns.nodes++ });
      while (turns.ours < 5 || turns.nodes < 5) yield* sleep(1);
      const chain = async () => {
        await new Promise(setImmediate);
        const before = { ...turns };
        for (let i = 0; i < 100_000; i++) await Promise.resolve();
        expect(turns).toEqual(before);
      };
      yield* fromPromise(chain());
      const afterChain = { ...turns };
      while (turns.ours < afterChain.ours + 5 || turns.nodes < afterChain.nodes + 5) yield* sleep(1);
      ended = true;
      yield* work;
      yield* fromPromise(node);
    });
  });
});
