/**
 * What an idle connection costs in memory: connects clients to a fresh echo server, each of which exchanges
 * one message and then keeps silent, and compares the server's heap after a garbage collection with what it
 * was before.
 *
 *   node bench/idle-heap.mjs [--connections N] [--breakdown] [API …]
 *
 * prints for each API (sockets, into, streams, protocol; node is Node's own net) the bytes of a connection:
 * on the JavaScript heap, with its task, and outside of it, in Buffers. `--breakdown` adds from heap
 * snapshots what kinds of objects these are.
 */

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { contenders } from './contenders.mjs';
import { growthByKind } from './heap-snapshot.mjs';
import { positive, readOptions, refuse } from './options.mjs';
import { startServer } from './server-process.mjs';

const MESSAGE = Buffer.alloc(1024, 'x');
const AT_ONCE = 64;
const WARMING_UP = 1_000;
export const IDLE_CONNECTIONS = 5_000;
const SHOWN_FROM_BYTES = 8;

/**
 * @param command argument vector of a server that takes `--heap`
 * @param snapshots folder for heap snapshots, or undefined
 * @returns {Promise<{ heapBytes: number, outsideBytes: number, before: object, after: object }>} bytes of one
 *   connection; both reports
 */
export async function measureIdleHeap(command, connections, env = {}, snapshots) {
  const server = await startServer([...command, '--heap'], 'tcp', {
    ...env,
    ...(snapshots !== undefined && { BENCH_SNAPSHOTS: snapshots }),
  });
  const clients = [];
  try {
    const port = Number(server.address.at(-1));
    // Code that is compiled and pools that are filled on the way belong to no connection.
    clients.push(...(await connectIdle(port, Math.min(WARMING_UP, connections))));
    await server.ask('SIGUSR2');
    const before = JSON.parse(await server.ask('SIGUSR2'));
    clients.push(...(await connectIdle(port, connections)));
    const after = JSON.parse(await server.ask('SIGUSR2'));
    const each = (key) => (after[key] - before[key]) / connections;
    return { heapBytes: each('heapBytes'), outsideBytes: each('outsideBytes'), before, after };
  } finally {
    for (const client of clients) client.destroy();
    await server.stop();
  }
}

async function connectIdle(port, count) {
  const clients = [];
  while (clients.length < count) {
    const some = Array.from({ length: Math.min(AT_ONCE, count - clients.length) }, () => exchangeOne(port));
    clients.push(...(await Promise.all(some)));
  }
  return clients;
}

async function exchangeOne(port) {
  const client = connect(port, '127.0.0.1');
  let received = 0;
  client.write(MESSAGE);
  const signal = AbortSignal.timeout(30_000);
  while (received < MESSAGE.length) received += (await once(client, 'data', { signal }))[0].length;
  return client;
}

/** API → argument vector of its server. */
const commands = Object.fromEntries(
  contenders
    .filter(({ tellsHeap }) => tellsHeap)
    .map(({ name, command }) => [
      name === 'node net' ? 'node' : name.replace('selectloop ', ''),
      command({ node: process.execPath }),
    ]),
);

async function main() {
  const names = Object.keys(commands);
  const usage = `usage: idle-heap.mjs [--connections N] [--breakdown] [${names.join('|')} …]`;
  const { values, positionals } = readOptions(
    {
      allowPositionals: true,
      options: {
        connections: { type: 'string', default: String(IDLE_CONNECTIONS) },
        breakdown: { type: 'boolean', default: false },
      },
    },
    usage,
  );
  const connections = positive('connections', values.connections);
  const apis = positionals.length > 0 ? positionals : names;
  const unknown = apis.find((api) => !names.includes(api));
  if (unknown !== undefined) refuse(`there is no API ${unknown}\n\n${usage}`);
  for (const api of apis) {
    const snapshots = values.breakdown ? mkdtempSync(join(tmpdir(), 'bench-heap-')) : undefined;
    try {
      const result = await measureIdleHeap(commands[api], connections, {}, snapshots);
      const heap = Math.round(result.heapBytes);
      process.stdout.write(
        `${api}: ${heap} bytes of heap a connection, ${Math.round(result.outsideBytes)} outside of it\n`,
      );
      if (values.breakdown)
        printBreakdown(growthByKind(result.before.snapshot, result.after.snapshot), connections);
    } finally {
      if (snapshots !== undefined) rmSync(snapshots, { recursive: true, force: true });
    }
  }
}

function printBreakdown(kinds, connections) {
  for (const { kind, bytes, count } of kinds) {
    const each = bytes / connections;
    if (each < SHOWN_FROM_BYTES) break;
    const objects = (count / connections).toFixed(2);
    process.stdout.write(`  ${each.toFixed(0).padStart(6)} bytes in ${objects.padStart(5)} × ${kind}\n`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
