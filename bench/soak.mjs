/**
 * Opens and closes connections by the hundred thousand, in one process that is server and client, and shows
 * that nothing is left of them: memory, descriptors and timers after each tenth of the way.
 *
 *   node --expose-gc bench/soak.mjs [--sockets N] [--streams N] [--tls N]
 *
 * by default 200,000 connections of the socket verbs, 60,000 of streams and 4,000 over TLS. Ends with exit
 * code 1 when the second half of a soak has grown the heap by more than 1 MiB, the resident set by more than
 * 16 MiB, or left a descriptor or a task.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { readOptions, refuse } from './options.mjs';
import { loadSelectloop, loadSocket } from './package-under-test.mjs';

const TENTHS = 10;
const AT_ONCE = 50;
const MESSAGE = Buffer.alloc(100, 'x');
const MIB = 2 ** 20;
const HEAP_GROWTH_MAX_BYTES = MIB;
const RESIDENT_GROWTH_MAX_BYTES = 16 * MIB;
/**
 * Addresses of this machine that clients connect to in turn: a closed connection keeps its pair of ports for
 * a minute.
 */
const ADDRESSES = 200;

const { allTasks, createTask, gather, getRunningLoop, openConnection, run, SSLContext, startServer } =
  await loadSelectloop();
const { AF_INET, createServer, SOCK_STREAM, Socket } = await loadSocket();

const certificate = (name) => readFileSync(new URL(`../test/support/certificates/${name}`, import.meta.url));

const soaks = {
  sockets: { count: 200_000, open: socketsSoak },
  streams: { count: 60_000, open: streamsSoak },
  tls: { count: 4_000, open: tlsSoak },
};

const USAGE = 'usage: node --expose-gc bench/soak.mjs [--sockets N] [--streams N] [--tls N]';
const { values } = readOptions(
  { options: Object.fromEntries(Object.keys(soaks).map((name) => [name, { type: 'string' }])) },
  USAGE,
);
if (globalThis.gc === undefined) refuse(USAGE);

for (const [name, { count, open }] of Object.entries(soaks)) {
  const total = Number(values[name] ?? count);
  if (!(total >= 0)) refuse(`--${name} must be a number, 0 for no soak, got ${values[name]}`);
  if (total > 0 && !run(() => soak(name, total, open))) process.exitCode = 1;
}

/** One soak; returns whether it was flat. */
function* soak(name, total, open) {
  const { connect, close } = yield* open();
  const samples = [];
  for (let tenth = 0; tenth < TENTHS; tenth++) {
    let left = Math.ceil(total / TENTHS);
    const client = function* (first) {
      for (let i = first; left-- > 0; i++) yield* connect(`127.0.0.${1 + (i % ADDRESSES)}`);
    };
    yield* gather(Array.from({ length: AT_ONCE }, (_, first) => client(first)));
    samples.push(sample());
    console.log(
      `${name} ${String((total * (tenth + 1)) / TENTHS).padStart(7)} connections: ${words(samples.at(-1))}`,
    );
  }
  yield* close();
  return isFlat(samples[TENTHS / 2 - 1], samples.at(-1));
}

function sample() {
  for (let i = 0; i < 3; i++) globalThis.gc();
  const { heapUsed, rss } = process.memoryUsage();
  return {
    heapBytes: heapUsed,
    residentBytes: rss,
    fds: readdirSync('/proc/self/fd').length,
    tasks: allTasks().size,
  };
}

function words({ heapBytes, residentBytes, fds, tasks }) {
  const mib = (bytes) => `${(bytes / MIB).toFixed(2)} MiB`;
  return `heap ${mib(heapBytes)}, resident ${mib(residentBytes)}, ${fds} descriptors, ${tasks} tasks`;
}

function isFlat(middle, end) {
  return (
    end.heapBytes - middle.heapBytes <= HEAP_GROWTH_MAX_BYTES &&
    end.residentBytes - middle.residentBytes <= RESIDENT_GROWTH_MAX_BYTES &&
    end.fds <= middle.fds + AT_ONCE &&
    end.tasks <= middle.tasks + AT_ONCE
  );
}

/** Each connection echoes one message by the socket verbs. */
function* socketsSoak() {
  const loop = getRunningLoop();
  const listener = createServer(['0.0.0.0', 0], { backlog: 1024 });
  const [, port] = listener.getsockname();
  const accepting = createTask(function* () {
    for (;;) {
      const [peer] = yield* loop.sockAccept(listener);
      createTask(echo(peer));
    }
  });
  function* echo(peer) {
    yield* loop.sockSendall(peer, yield* loop.sockRecv(peer));
    yield* loop.sockRecv(peer);
    loop.sockClose(peer);
  }
  return {
    *connect(host) {
      const sock = new Socket(AF_INET, SOCK_STREAM);
      yield* loop.sockConnect(sock, [host, port]);
      yield* loop.sockSendall(sock, MESSAGE);
      yield* loop.sockRecv(sock);
      loop.sockClose(sock);
    },
    *close() {
      accepting.cancel();
      yield* gather([accepting], { returnExceptions: true });
      loop.sockClose(listener);
    },
  };
}

function streamsSoak() {
  return echoByStreams({}, {});
}

function tlsSoak() {
  const server = new SSLContext({ cert: certificate('server.pem'), key: certificate('server-key.pem') });
  const client = new SSLContext({ ca: certificate('ca.pem') });
  return echoByStreams({ ssl: server }, { ssl: client, serverHostname: 'localhost' });
}

/** Each connection echoes one message by streams. */
function* echoByStreams(serverOptions, clientOptions) {
  const server = yield* startServer(
    function* (reader, writer) {
      writer.write(yield* reader.readExactly(MESSAGE.length));
      yield* writer.drain();
      yield* reader.read();
      writer.close();
      yield* writer.waitClosed();
    },
    { host: '0.0.0.0', port: 0, backlog: 1024, ...serverOptions },
  );
  const [, port] = server.sockets[0].getsockname();
  return {
    *connect(host) {
      const [reader, writer] = yield* openConnection({ host, port, ...clientOptions });
      writer.write(MESSAGE);
      yield* reader.readExactly(MESSAGE.length);
      writer.close();
      yield* writer.waitClosed();
    },
    *close() {
      server.close();
      yield* server.waitClosed();
    },
  };
}
