// Echo on Bun's own sockets.
//
//   bun echo-bun.mjs [--lines | --udp | --cert FILE --key FILE] [--port N | --unix PATH]
/* global Bun */

import { parseArgs } from 'node:util';

const { values } = parseArgs({
  args: Bun.argv.slice(2),
  options: {
    lines: { type: 'boolean', default: false },
    udp: { type: 'boolean', default: false },
    cert: { type: 'string' },
    key: { type: 'string' },
    port: { type: 'string', default: '0' },
    unix: { type: 'string' },
  },
});

/** Bun keeps nothing for the writer: what the kernel has not taken is sent when `drain` says so. */
function write(socket, bytes) {
  const { pending } = socket.data;
  if (pending.length > 0) {
    // What `data` hands out is Bun's own again after the call.
    pending.push(Buffer.from(bytes));
    return;
  }
  const byteCount = Math.max(socket.write(bytes), 0);
  if (byteCount < bytes.length) pending.push(Buffer.from(bytes.subarray(byteCount)));
}

function drain(socket) {
  const { pending } = socket.data;
  while (pending.length > 0) {
    const byteCount = Math.max(socket.write(pending[0]), 0);
    if (byteCount < pending[0].length) {
      pending[0] = pending[0].subarray(byteCount);
      return;
    }
    pending.shift();
  }
}

function echoLines(socket, data) {
  const { rest } = socket.data;
  const bytes = rest.length === 0 ? data : Buffer.concat([rest, data]);
  const answers = [];
  let start = 0;
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
    answers.push(bytes.subarray(start, end + 1));
    start = end + 1;
  }
  socket.data.rest = Buffer.from(bytes.subarray(start));
  if (answers.length > 0) write(socket, Buffer.concat(answers));
}

const handlers = {
  open(socket) {
    socket.data = { pending: [], rest: Buffer.alloc(0) };
    socket.setNoDelay?.(true);
  },
  data: values.lines ? echoLines : write,
  drain,
  error: (socket) => socket.end(),
};

if (values.udp) {
  const socket = await Bun.udpSocket({
    hostname: '127.0.0.1',
    port: Number(values.port),
    socket: {
      data: (own, data, port, address) => own.send(data, port, address),
      // A client that is gone.
      error() {},
    },
  });
  console.log(`listening ${socket.port}`);
} else {
  const where =
    values.unix === undefined ? { hostname: '127.0.0.1', port: Number(values.port) } : { unix: values.unix };
  const tls =
    values.cert === undefined ? undefined : { cert: Bun.file(values.cert), key: Bun.file(values.key) };
  const server = Bun.listen({ ...where, tls, socket: handlers });
  console.log(`listening ${values.unix ?? server.port}`);
}
