// What it costs to be observed:
//
//   node bench/observed.mjs cost                      CPU of a message, by what observes the loop
//   node bench/observed.mjs command [connections]     the command against a server with so many connections (10000)
//
// `cost` prints `WHAT ns_per_message factor`. `command` prints how long each command takes, and the 99th
// percentile of an answer's time while `top` is on a terminal and while nothing is, in several rounds.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { applyLoad } from './load-process.mjs';
import { loadSelectloop, loadSocket } from './package-under-test.mjs';
import { leastNsPerOp } from './rounds.mjs';
import { pinned } from './server-process.mjs';
import { median, shuffle, spread } from './statistics.mjs';
import { findTools } from './tools.mjs';

const MESSAGES = 20_000;
const ROUNDS = 5;
const STRETCHES = 12;
const SECONDS = 2;
const LOAD = { connections: 4, bytes: 64 };
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
  const { socketpair } = await loadSocket();
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
        try {
          for (let line = yield* reader.readLine(); line.length > 0; line = yield* reader.readLine())
            writer.write(line);
        } catch (error) {
          // The load ends in the middle of a message.
          if (error.code !== 'ECONNRESET') throw error;
        }
        writer.close();
      },
      { host: '127.0.0.1', port: 0, backlog: 4096 },
    );
    print(String(server.sockets[0].getsockname()[1]));
    yield* server.serveForever();
  });
}

/** What `command` asks, each once in a round; a trace of a second takes that second besides. */
const questions = [
  ['ps'],
  ['pstree'],
  ['top', '--seconds', '0'],
  ['stats', '--seconds', '0'],
  ['trace', '--seconds', '1', '-o', '/dev/null'],
];

async function againstMany(count) {
  const { paths, missing } = await findTools(['load']);
  if (missing.load !== undefined) throw new Error(`the load generator: ${missing.load}`);
  const [program, ...args] = pinned(0, [process.execPath, fileURLToPath(import.meta.url), 'serve']);
  const child = spawn(program, args, {
    env: { ...process.env, SELECTLOOP_INSPECT: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const sockets = [];
  try {
    const [port] = await once(createInterface(child.stdout), 'line');
    while (sockets.length < count)
      sockets.push(...(await openSome(Number(port), Math.min(200, count - sockets.length))));
    const pid = String(child.pid);
    await tellCommandTimes(pid);
    const server = { pid, address: ['--tcp', '127.0.0.1', port] };
    await tellLatencies(pid, async (seconds) => {
      const report = await applyLoad(paths.load, server, { ...LOAD, seconds });
      return { ...report, cpuUs: (report.serverCpuSeconds / report.messages) * 1e6 };
    });
  } finally {
    for (const socket of sockets) socket.destroy();
    child.kill('SIGKILL');
  }
}

async function tellCommandTimes(pid) {
  for (const [name, ...options] of questions) {
    const times = [];
    for (let round = 0; round < ROUNDS; round++) {
      const startMs = performance.now();
      const [program, ...args] = pinned(1, [process.execPath, command, name, pid, ...options]);
      await runProgram(program, args, { maxBuffer: 1 << 30 });
      times.push(performance.now() - startMs - (name === 'trace' ? 1000 : 0));
    }
    const [middle, most] = [median(times), Math.max(...times)].map((time) => time.toFixed(0));
    process.stdout.write(`${name} ${middle} ms, at most ${most} ms\n`);
  }
}

/**
 * In each round a stretch of load alone and one beside `top`, in random order: what disturbs one disturbs
 * both. Told are the ratios of pairs, and the least of each, since what disturbs only ever adds.
 */
async function tellLatencies(pid, load) {
  await load(1);
  const reports = { alone: [], watched: [] };
  const stretches = { alone: () => load(SECONDS), watched: () => besideTop(pid, () => load(SECONDS)) };
  for (let round = 0; round < STRETCHES; round++)
    for (const name of shuffle(Object.keys(stretches))) reports[name].push(await stretches[name]());
  for (const what of ['p50Us', 'p99Us', 'cpuUs']) {
    const [alone, watched] = [reports.alone, reports.watched].map((list) =>
      list.map((report) => report[what]),
    );
    const { median: middle, low, high } = spread(alone.map((value, i) => watched[i] / value));
    const least = [Math.min(...alone), Math.min(...watched)].map((value) => value.toFixed(1));
    process.stdout.write(
      `${what} with top ${middle.toFixed(2)} x (${low.toFixed(2)}–${high.toFixed(2)}), least ${least.join(' and ')}\n`,
    );
  }
}

/** Runs `body` while `top` is drawn on a terminal that nobody looks at, once a second. */
async function besideTop(pid, body) {
  const { createSubprocessExec, createTask, fromPromise, runGuest } = await loadSelectloop();
  const [program, ...args] = pinned(1, [process.execPath, command, 'top', pid]);
  return runGuest(function* () {
    const top = yield* createSubprocessExec(program, args, { pty: { rows: 50, columns: 120 } });
    try {
      const drawing = createTask(countBytes(top.stdout));
      const report = yield* fromPromise(body());
      top.stdin.write(Buffer.from('q'));
      yield* top.wait();
      if ((yield* drawing) < SECONDS * 1000) throw new Error('top has drawn nothing');
      return report;
    } finally {
      yield* top.shutdown(0);
    }
  });
}

function* countBytes(stream) {
  let count = 0;
  for (let data = yield* stream.read(1 << 16); data.length > 0; data = yield* stream.read(1 << 16))
    count += data.length;
  return count;
}

async function openSome(port, count) {
  const opening = Array.from({ length: count }, () => connect(port, '127.0.0.1'));
  await Promise.all(opening.map((socket) => once(socket, 'connect')));
  return opening;
}

const [what, count = '10000'] = process.argv.slice(2);
const actions = { cost, serve, command: () => againstMany(Number(count)) };
if (!(what in actions)) {
  process.stderr.write('usage: node bench/observed.mjs cost | command [connections]\n');
  process.exit(2);
}
await actions[what]();
