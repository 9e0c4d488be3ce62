// Echo on Deno's own connections, one async function for each.
//
//   deno run --allow-all --unstable-net echo-deno.mjs [--udp | --cert FILE --key FILE]
//                                                     [--port N | --unix PATH]
/* global Deno */

import { parseArgs } from 'node:util';

const BUFFER_BYTES = 100 * 1024;

const { values } = parseArgs({
  args: Deno.args,
  options: {
    udp: { type: 'boolean', default: false },
    cert: { type: 'string' },
    key: { type: 'string' },
    port: { type: 'string', default: '0' },
    unix: { type: 'string' },
  },
});

async function writeAll(conn, bytes) {
  let sent = await conn.write(bytes);
  while (sent < bytes.length) sent += await conn.write(bytes.subarray(sent));
}

async function echo(conn) {
  let buffer = new Uint8Array(4096);
  try {
    for (;;) {
      const byteCount = await conn.read(buffer);
      if (byteCount === null) break;
      await writeAll(conn, buffer.subarray(0, byteCount));
      if (byteCount === buffer.length && byteCount < BUFFER_BYTES) buffer = new Uint8Array(4 * byteCount);
    }
  } catch {
    // The peer is gone.
  }
  conn.close();
}

const where = { hostname: '127.0.0.1', port: Number(values.port) };
if (values.udp) {
  const socket = Deno.listenDatagram({ ...where, transport: 'udp' });
  console.log(`listening ${socket.addr.port}`);
  const buffer = new Uint8Array(BUFFER_BYTES);
  for (;;) {
    const [data, from] = await socket.receive(buffer);
    await socket.send(data, from);
  }
}

function listen() {
  if (values.unix !== undefined) return Deno.listen({ transport: 'unix', path: values.unix });
  if (values.cert === undefined) return Deno.listen(where);
  return Deno.listenTls({
    ...where,
    cert: Deno.readTextFileSync(values.cert),
    key: Deno.readTextFileSync(values.key),
  });
}

const listener = listen();
console.log(`listening ${values.unix ?? listener.addr.port}`);
for await (const conn of listener) {
  if (values.unix === undefined) conn.setNoDelay?.(true);
  void echo(conn);
}
