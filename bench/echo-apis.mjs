// The echo servers that are measured: one coroutine for each of the package's APIs, given a listening socket.

import { loadSelectloop, loadSocket } from './package-under-test.mjs';

const selectloop = await loadSelectloop();
const { AF_INET, IPPROTO_TCP, TCP_NODELAY } = await loadSocket();
const { createTask, getRunningLoop } = selectloop;

const BUFFER_BYTES = 100 * 1024;
export const BACKLOG = 4096;

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

function* echoSocketsLent(loop, conn) {
  try {
    for (;;) {
      const data = yield* loop.sockRecvLent(conn, BUFFER_BYTES);
      if (data.length === 0) return;
      yield* loop.sockSendall(conn, data);
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

function* echoStreamsLent(reader, writer) {
  for (;;) {
    const data = yield* reader.readLent(BUFFER_BYTES);
    if (data.length === 0) break;
    writer.write(data);
    yield* writer.drain();
  }
  writer.close();
}

/**
 * Lines that came together are answered together: what is collected is sent as soon as the reader has to wait
 * for more, which is when the loop gets to its next callback.
 */
function* echoLines(reader, writer) {
  const loop = getRunningLoop();
  let answers = [];
  const flush = () => {
    if (answers.length > 0) writer.writeLines(answers);
    answers = [];
  };
  for (;;) {
    const line = yield* reader.readLine();
    if (line.length === 0) break;
    if (answers.push(line) === 1) loop.callSoon(flush);
    yield* writer.drain();
  }
  flush();
  writer.close();
}

function* serveConnections(echo, loop, sock) {
  for (;;) {
    const [conn] = yield* loop.sockAccept(sock);
    if (conn.family === AF_INET) conn.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1);
    createTask(echo(loop, conn));
  }
}

function* serveStreams(echo, sock, ssl) {
  const server = yield* offered('startServer')(echo, { sock, ssl, backlog: BACKLOG });
  yield* server.serveForever();
}

function* serveProtocol(loop, sock, ssl) {
  class Echo extends offered('Protocol') {
    connectionMade(transport) {
      this.transport = transport;
    }

    dataReceived(data) {
      this.transport.write(data);
    }
  }
  const server = yield* loop.createServer(() => new Echo(), { sock, ssl, backlog: BACKLOG });
  yield* server.serveForever();
}

/** One buffer for all connections: what the socket does not take at once is copied out of it. */
function* serveBuffered(loop, sock, ssl) {
  const shared = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  class Echo extends offered('BufferedProtocol') {
    connectionMade(transport) {
      this.transport = transport;
    }

    getBuffer() {
      return shared;
    }

    bufferUpdated(byteCount) {
      this.transport.write(shared.subarray(0, byteCount));
    }
  }
  const server = yield* loop.createServer(() => new Echo(), { sock, ssl, backlog: BACKLOG });
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

/** What this build of the package may lack: older ones are measured too. */
function offered(name) {
  if (selectloop[name] === undefined) throw new Error(`this build of the package does not export ${name}`);
  return selectloop[name];
}

/** An `SSLContext` for a certificate and its key, in PEM. */
export function contextOf(cert, key) {
  const SSLContext = offered('SSLContext');
  return new SSLContext({ cert, key });
}

/** What is served → API → coroutine function of (loop, listening socket, SSLContext or undefined). */
export const servers = {
  tcp: {
    sockets: (loop, sock) => serveConnections(echoSockets, loop, sock),
    into: (loop, sock) => serveConnections(echoInto, loop, sock),
    'sockets-lent': (loop, sock) => serveConnections(echoSocketsLent, loop, sock),
    streams: (_, sock) => serveStreams(echoStreams, sock),
    'streams-lent': (_, sock) => serveStreams(echoStreamsLent, sock),
    protocol: serveProtocol,
    buffered: serveBuffered,
  },
  lines: { streams: (_, sock) => serveStreams(echoLines, sock) },
  tls: {
    streams: (_, sock, ssl) => serveStreams(echoStreams, sock, ssl),
    protocol: serveProtocol,
    buffered: serveBuffered,
  },
  udp: { sockets: serveDatagrams, into: serveDatagramsInto, protocol: serveDatagramProtocol },
};
