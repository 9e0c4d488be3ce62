// Threads by Piscina:
//
//   node workers-piscina.mjs thread-call|map-calls COUNT      prints the microseconds of each, a line each

import { Piscina } from 'piscina';

const WARM_UP = 500;
const MAP_CALLS = 10_000;
const filename = new URL('workers-piscina-work.mjs', import.meta.url).href;

async function threadCall(count) {
  const pool = new Piscina({ filename, minThreads: 1, maxThreads: 1 });
  const times = [];
  for (let i = -WARM_UP; i < count; i++) {
    const began = process.hrtime.bigint();
    await pool.run(i);
    if (i >= 0) times.push(Number(process.hrtime.bigint() - began) / 1000);
  }
  await pool.destroy();
  return times;
}

async function mapCalls(count) {
  const pool = new Piscina({ filename, minThreads: 2, maxThreads: 2 });
  const items = Array.from({ length: MAP_CALLS }, (_, i) => i);
  const times = [];
  for (let i = -2; i < count; i++) {
    const began = process.hrtime.bigint();
    await Promise.all(items.map((item) => pool.run(item)));
    if (i >= 0) times.push(Number(process.hrtime.bigint() - began) / 1000 / MAP_CALLS);
  }
  await pool.destroy();
  return times;
}

const [name, count] = process.argv.slice(2);
const times = await { 'thread-call': threadCall, 'map-calls': mapCalls }[name](Number(count));
process.stdout.write(`${times.join('\n')}\n`);
