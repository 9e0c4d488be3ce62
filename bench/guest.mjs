// What Node's own loop costs a guest, beside a blocking run and beside Node without us:
//
//   node bench/guest.mjs --mode guest|blocking|node NAME COUNT      prints the microseconds of each, a line each
//
//   from-promise   yield* fromPromise(Promise.resolve()); Node: one iteration of its loop, by setImmediate
//   wake           one byte to another thread and back, with nothing else to do meanwhile
//   timer          a sleep of 2.5 ms, whole; Node's timers are truncated to milliseconds, and may be early

import { once } from 'node:events';
import { Socket as NetSocket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { loadSelectloop, loadSocket } from './package-under-test.mjs';

const { fromPromise, getRunningLoop, run, runGuest, sleep } = await loadSelectloop();
const { socketpair } = await loadSocket();

const WARM_UP = 100;
const SLEEP_MS = 2.5;
const [, mode, name, count] = process.argv.slice(2);

const nowUs = () => Number(process.hrtime.bigint()) / 1000;

/** Runs `measure` COUNT times after a warm-up; what each returns or takes. */
function* timesOf(measure) {
  const times = [];
  for (let i = -WARM_UP; i < Number(count); i++) {
    const beganUs = nowUs();
    yield* measure();
    if (i >= 0) times.push(nowUs() - beganUs);
  }
  return times;
}

async function nodeTimesOf(measure) {
  const times = [];
  for (let i = -WARM_UP; i < Number(count); i++) {
    const beganUs = nowUs();
    await measure();
    if (i >= 0) times.push(nowUs() - beganUs);
  }
  return times;
}

/** The other thread's program: blocks in the system, so that its own loop adds nothing. */
const ECHO = `
  const { workerData } = require('node:worker_threads');
  import(workerData.socketUrl).then(({ Socket }) => {
    const sock = new Socket(undefined, undefined, undefined, { fileno: workerData.fd });
    sock.setblocking(true);
    const byte = Buffer.alloc(1);
    while (sock.recvInto(byte) > 0) sock.sendall(byte);
    sock.close();
  });
`;

function startEcho() {
  const [ours, theirs] = socketpair();
  const socketUrl = new URL('../dist/socket.js', import.meta.url).href;
  const worker = new Worker(ECHO, { eval: true, workerData: { fd: theirs.detach(), socketUrl } });
  return { ours, ended: once(worker, 'exit') };
}

const coroutines = {
  'from-promise': () => timesOf(() => fromPromise(Promise.resolve())),
  *wake(ours) {
    const loop = getRunningLoop();
    ours.setblocking(false);
    const byte = Buffer.alloc(1);
    return yield* timesOf(function* () {
      yield* loop.sockSendall(ours, byte);
      yield* loop.sockRecvInto(ours, byte);
    });
  },
  timer: () => timesOf(() => sleep(SLEEP_MS)),
};

const inNode = {
  'from-promise': () => nodeTimesOf(() => new Promise(setImmediate)),
  async wake(ours) {
    const socket = new NetSocket({ fd: ours.detach(), readable: true, writable: true });
    const times = await nodeTimesOf(async () => {
      socket.write('x');
      await once(socket, 'data');
    });
    socket.destroy();
    return times;
  },
  timer: () => nodeTimesOf(() => pause(SLEEP_MS)),
};

const echo = name === 'wake' ? startEcho() : null;
const times =
  mode === 'node'
    ? await inNode[name](echo?.ours)
    : await (mode === 'guest' ? runGuest : run)(() => coroutines[name](echo?.ours));
if (echo !== null && !echo.ours.closed) echo.ours.close();
await echo?.ended;
process.stdout.write(`${times.join('\n')}\n`);
