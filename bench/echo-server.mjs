// An echo server on the built package, for any load you like to point at it.
//
//   node bench/echo-server.mjs --api sockets|into|sockets-lent|streams|streams-lent|protocol|buffered
//                              [--port N] [--host H] | --unix PATH
//                              [--lines | --udp | --cert FILE --key FILE] [--heap] [--guest]
//
// Prints "listening PORT" (or PATH) when it is ready. `--lines` answers line by line, `--udp` datagram by
// datagram; a certificate and its key make it TLS. `--guest`: inside Node's own loop. `--heap`: SIGUSR2 makes
// it print what its heap holds (see heap-report.mjs).

import { readFileSync } from 'node:fs';
import { BACKLOG, contextOf, servers } from './echo-apis.mjs';
import { heapReport } from './heap-report.mjs';
import { readOptions, refuse } from './options.mjs';
import { loadSelectloop, loadSocket } from './package-under-test.mjs';

const { AF_INET, AF_UNIX, SO_REUSEADDR, SOCK_DGRAM, SOCK_STREAM, SOL_SOCKET, Socket } = await loadSocket();
const { getRunningLoop, KeyboardInterrupt, print, run, runGuest } = await loadSelectloop();

const USAGE = `usage: echo-server.mjs [--api NAME] [--port N] [--host H] | [--unix PATH]
                      [--lines | --udp | --cert FILE --key FILE] [--heap] [--guest]`;
const { values } = readOptions(
  {
    options: {
      api: { type: 'string', default: 'sockets' },
      lines: { type: 'boolean', default: false },
      udp: { type: 'boolean', default: false },
      cert: { type: 'string' },
      key: { type: 'string' },
      heap: { type: 'boolean', default: false },
      guest: { type: 'boolean', default: false },
      host: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string', default: '0' },
      unix: { type: 'string' },
    },
  },
  USAGE,
);
const kind = values.lines ? 'lines' : values.udp ? 'udp' : values.cert !== undefined ? 'tls' : 'tcp';
const serve = servers[kind][values.api];
if (serve === undefined)
  refuse(`--api for ${kind} must be one of ${Object.keys(servers[kind]).join(', ')}, got ${values.api}`);

function listeningSocket({ udp, unix, host, port }) {
  const sock = new Socket(unix === undefined ? AF_INET : AF_UNIX, udp ? SOCK_DGRAM : SOCK_STREAM);
  if (unix === undefined) sock.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
  sock.bind(unix ?? [host, Number(port)]);
  if (!udp) sock.listen(BACKLOG);
  sock.setblocking(false);
  return sock;
}

function* main() {
  const loop = getRunningLoop();
  const ssl = kind === 'tls' ? contextOf(readFileSync(values.cert), readFileSync(values.key)) : undefined;
  const sock = listeningSocket(values);
  try {
    if (values.heap) loop.addSignalHandler('SIGUSR2', () => print(heapReport()));
    print(`listening ${values.unix ?? sock.getsockname()[1]}`);
    yield* serve(loop, sock, ssl);
  } finally {
    sock.close();
  }
}

try {
  if (values.guest) await runGuest(main, { interrupts: true });
  else run(main);
} catch (error) {
  if (!(error instanceof KeyboardInterrupt)) throw error;
}
