// Echo on Node's own `net`, `tls` and `dgram`.
//
//   node echo-node.mjs [--lines | --udp | --cert FILE --key FILE] [--heap] [--port N | --unix PATH]

import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { parseArgs } from 'node:util';
import { heapReport } from '../heap-report.mjs';

const { values } = parseArgs({
  options: {
    api: { type: 'string', default: 'net' },
    lines: { type: 'boolean', default: false },
    udp: { type: 'boolean', default: false },
    cert: { type: 'string' },
    key: { type: 'string' },
    heap: { type: 'boolean', default: false },
    port: { type: 'string', default: '0' },
    unix: { type: 'string' },
  },
});

function echo(socket) {
  socket.setNoDelay(true);
  socket.on('data', (data) => socket.write(data));
  socket.on('error', () => socket.destroy());
}

function echoLines(socket) {
  let rest = Buffer.alloc(0);
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('data', (data) => {
    const bytes = rest.length === 0 ? data : Buffer.concat([rest, data]);
    let start = 0;
    socket.cork();
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
      socket.write(bytes.subarray(start, end + 1));
      start = end + 1;
    }
    socket.uncork();
    rest = bytes.subarray(start);
  });
}

if (values.heap) process.on('SIGUSR2', () => console.log(heapReport()));
const address = { host: '127.0.0.1', port: Number(values.port) };
if (values.udp) {
  const socket = createSocket('udp4');
  socket.on('message', (data, from) => socket.send(data, from.port, from.address));
  socket.bind(address.port, address.host, () => console.log(`listening ${socket.address().port}`));
} else {
  const server =
    values.cert === undefined
      ? createServer(values.lines ? echoLines : echo)
      : createTlsServer({ cert: readFileSync(values.cert), key: readFileSync(values.key) }, echo);
  server.listen({ backlog: 4096, ...(values.unix === undefined ? address : { path: values.unix }) }, () =>
    console.log(`listening ${values.unix ?? server.address().port}`),
  );
}
