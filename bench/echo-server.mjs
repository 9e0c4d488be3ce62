// An echo server on the built package, for any load you like to point at it.
//
//   node bench/echo-server.mjs --api sockets|into|streams|protocol [--lines] [--udp] [--port N] [--host H] | --unix PATH
//
// Prints "listening PORT" (or PATH) when it is ready. `--lines` answers line by line, `--udp` datagram by datagram.

import { parseArgs } from 'node:util';
import { loadSelectloop, loadSocket } from './package-under-test.mjs';

const selectloop = await loadSelectloop();
const {
  AF_INET,
  AF_UNIX,
  IPPROTO_TCP,
  SO_REUSEADDR,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
  Socket,
  TCP_NODELAY,
} = await loadSocket();
const { createTask, getRunningLoop, KeyboardInterrupt, print, run } = selectloop;

const BUFFER_BYTES = 100 * 1024;
const BACKLOG = 4096;

function* echoSockets(loop, conn) {
  try {
    for (;;) {
      const data = yield* loop.sockRecv(conn, BUFFER_BYTES);
      if (data.length === 0) return;
      yield* loop.sockSendall(conn, data);
    }
  } finally {
    conn.close();
  }
}

function* echoInto(loop, conn) {
  const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  try {
    for (;;) {
      const byteCount = yield* loop.sockRecvInto(conn, buffer);
      if (byteCount === 0) return;
      yield* loop.sockSendall(conn, buffer.subarray(0, byteCount));
    }
  } finally {
    conn.close();
  }
}

function* echoStreams(reader, writer) {
  for (;;) {
    const data = yield* reader.read(BUFFER_BYTES);
    if (data.length === 0) break;
    writer.write(data);
    yield* writer.drain();
  }
  writer.close();
}

function* echoLines(reader, writer) {
  for (;;) {
    const line = yield* reader.readLine();
    if (line.length === 0) break;
    writer.write(line);
    yield* writer.drain();
  }
  writer.close();
}

function* serveConnections(echo, loop, sock) {
  for (;;) {
    const [conn] = yield* loop.sockAccept(sock);
    if (conn.family === AF_INET) conn.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1);
    createTask(echo(loop, conn));
  }
}

function* serveStreams(echo, sock) {
  const server = yield* offered('startServer')(echo, { sock, backlog: BACKLOG });
  yield* server.serveForever();
}

function* serveProtocol(loop, sock) {
  class Echo extends offered('Protocol') {
    connectionMade(transport) {
      this.transport = transport;
    }

    dataReceived(data) {
      this.transport.write(data);
    }
  }
  const server = yield* loop.createServer(() => new Echo(), { sock, backlog: BACKLOG });
  yield* server.serveForever();
}

function* serveDatagrams(loop, sock) {
  for (;;) {
    const [data, address] = yield* loop.sockRecvfrom(sock, BUFFER_BYTES);
    yield* loop.sockSendto(sock, data, address);
  }
}

function* serveDatagramsInto(loop, sock) {
  const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  for (;;) {
    const [byteCount, address] = yield* loop.sockRecvfromInto(sock, buffer);
    yield* loop.sockSendto(sock, buffer.subarray(0, byteCount), address);
  }
}

function* serveDatagramProtocol(loop, sock) {
  class Echo extends offered('DatagramProtocol') {
    connectionMade(transport) {
      this.transport = transport;
    }

    datagramReceived(data, address) {
      this.transport.sendto(data, address);
    }
  }
  yield* loop.createDatagramEndpoint(() => new Echo(), { sock });
  yield* loop.createFuture();
}

function offered(name) {
  if (selectloop[name] === undefined) throw new Error(`this build of the package does not export ${name}`);
  return selectloop[name];
}

const apis = {
  sockets: (loop, sock) => serveConnections(echoSockets, loop, sock),
  into: (loop, sock) => serveConnections(echoInto, loop, sock),
  streams: (_, sock) => serveStreams(values.lines ? echoLines : echoStreams, sock),
  protocol: serveProtocol,
};
const datagramApis = {
  sockets: serveDatagrams,
  into: serveDatagramsInto,
  protocol: serveDatagramProtocol,
};

function listeningSocket({ udp, unix, host, port }) {
  const sock = new Socket(unix === undefined ? AF_INET : AF_UNIX, udp ? SOCK_DGRAM : SOCK_STREAM);
  if (unix === undefined) sock.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
  sock.bind(unix ?? [host, Number(port)]);
  if (!udp) sock.listen(BACKLOG);
  sock.setblocking(false);
  return sock;
}

function* main() {
  const sock = listeningSocket(values);
  try {
    print(`listening ${values.unix ?? sock.getsockname()[1]}`);
    yield* serve(getRunningLoop(), sock);
  } finally {
    sock.close();
  }
}

const { values } = parseArgs({
  options: {
    api: { type: 'string', default: 'sockets' },
    lines: { type: 'boolean', default: false },
    udp: { type: 'boolean', default: false },
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '0' },
    unix: { type: 'string' },
  },
});
const serve = (values.udp ? datagramApis : apis)[values.api];
if (serve === undefined || (values.lines && values.api !== 'streams')) {
  const kind = values.lines ? ' with --lines' : values.udp ? ' with --udp' : '';
  const names = values.lines ? ['streams'] : Object.keys(values.udp ? datagramApis : apis);
  process.stderr.write(`--api${kind} must be one of ${names.join(', ')}, got ${values.api}\n`);
  process.exit(2);
}
try {
  run(main);
} catch (error) {
  if (!(error instanceof KeyboardInterrupt)) throw error;
}
