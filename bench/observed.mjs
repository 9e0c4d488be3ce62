// What it costs to be observed:
//
//   node bench/observed.mjs cost                      CPU of a message, by what observes the loop
//   node bench/observed.mjs command [connections]     the command against a server with so many connections (10000)
//
// `cost` prints `WHAT ns_per_message factor`; `command` prints how long each command takes, and the 99th
// percentile of an answer's time while `top` runs and while nothing does.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { loadSelectloop } from './package-under-test.mjs';
import { leastNsPerOp } from './rounds.mjs';

const MESSAGES = 20_000;
const ROUNDTRIPS = 2000;
const command = fileURLToPath(new URL('../dist/selectloop.js', import.meta.url));
const runProgram = promisify(execFile);

/** What observes the loop, as a function that begins it and returns the one that ends it. */
const observers = {
  nothing: () => () => {},
  metrics: (loop) => {
    loop.metrics();
    return () => {};
  },
  trace: (loop, { startTrace }) => {
    const trace = startTrace({ loop });
    return () => trace.stop();
  },
};

async function cost() {
  const selectloop = await loadSelectloop();
  const { socketpair } = await import('../dist/socket.js');
  let base = 0;
  for (const [name, observe] of Object.entries(observers)) {
    const ns = await leastNsPerOp(MESSAGES, () => {
      selectloop.run(() => echo(selectloop, socketpair, observe));
    });
    base ||= ns;
    process.stdout.write(`${name} ${ns.toFixed(1)} ${(ns / base).toFixed(2)}\n`);
  }
}

/** Messages there and back between two tasks. */
function* echo(selectloop, socketpair, observe) {
  const loop = selectloop.getRunningLoop();
  const [near, far] = socketpair();
  const end = observe(loop, selectloop);
  const server = selectloop.createTask(function* () {
    for (let data = yield* loop.sockRecv(far, 1024); data.length > 0; data = yield* loop.sockRecv(far, 1024))
      yield* loop.sockSendall(far, data);
  });
  const message = Buffer.alloc(64);
  for (let i = 0; i < MESSAGES; i++) {
    yield* loop.sockSendall(near, message);
    yield* loop.sockRecv(near, 1024);
  }
  end();
  near.close();
  yield* server;
  far.close();
}

/** The server of `command`, in a process of its own. */
async function serve() {
  const { print, run, startServer } = await loadSelectloop();
  run(function* () {
    const server = yield* startServer(
      function* (reader, writer) {
        for (let line = yield* reader.readLine(); line.length > 0; line = yield* reader.readLine())
          writer.write(line);
        writer.close();
      },
      { host: '127.0.0.1', port: 0, backlog: 4096 },
    );
    print(String(server.sockets[0].getsockname()[1]));
    yield* server.serveForever();
  });
}

async function againstMany(count) {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), 'serve'], {
    env: { ...process.env, SELECTLOOP_INSPECT: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const sockets = [];
  try {
    const [port] = await once(createInterface(child.stdout), 'line');
    while (sockets.length < count)
      sockets.push(...(await openSome(Number(port), Math.min(200, count - sockets.length))));
    const pid = String(child.pid);
    for (const args of [['ps'], ['pstree'], ['top', '--seconds', '0'], ['stats', '--seconds', '0']]) {
      const startMs = performance.now();
      await runProgram(process.execPath, [command, args[0], pid, ...args.slice(1)], { maxBuffer: 1 << 30 });
      process.stdout.write(`${args[0]} ${(performance.now() - startMs).toFixed(0)} ms\n`);
    }
    const alone = await p99Ms(sockets[0]);
    const watching = new AbortController();
    const top = watch(pid, watching.signal);
    const watched = await p99Ms(sockets[0]);
    watching.abort();
    await top;
    const factor = (watched / alone).toFixed(2);
    process.stdout.write(`p99 ${alone.toFixed(3)} ms alone, ${watched.toFixed(3)} ms with top, ${factor}\n`);
  } finally {
    for (const socket of sockets) socket.destroy();
    child.kill('SIGKILL');
  }
}

/** `top`, once a second, as a terminal would have it. */
async function watch(pid, signal) {
  while (!signal.aborted)
    await runProgram(process.execPath, [command, 'top', pid, '--seconds', '1'], { maxBuffer: 1 << 30 });
}

async function openSome(port, count) {
  const opening = Array.from({ length: count }, () => connect(port, '127.0.0.1'));
  await Promise.all(opening.map((socket) => once(socket, 'connect')));
  return opening;
}

/** The 99th percentile of a line there and back. */
async function p99Ms(socket) {
  const times = [];
  for (let i = 0; i < ROUNDTRIPS; i++) {
    const startMs = performance.now();
    socket.write('hello\n');
    await once(socket, 'data');
    times.push(performance.now() - startMs);
  }
  return times.sort((a, b) => a - b)[Math.floor(ROUNDTRIPS * 0.99)];
}

const [what, count = '10000'] = process.argv.slice(2);
const actions = { cost, serve, command: () => againstMany(Number(count)) };
if (!(what in actions)) {
  process.stderr.write('usage: node bench/observed.mjs cost | command [connections]\n');
  process.exit(2);
}
await actions[what]();
