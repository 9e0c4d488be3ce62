/** The loop's methods that make transports and servers: asyncio's names, on the room `transports`. */

import type { Address, AddressInput } from '../addresses/address.ts';
import type { Coroutine } from '../coroutines/coroutine.ts';
import type { Future } from '../futures/future.ts';
import type { Socket } from '../sockets/socket.ts';
import type { SSLContext } from '../tls/ssl-context.ts';
import type { BaseProtocol } from '../transports/base.ts';
import { connectReadPipe, connectWritePipe } from '../transports/connect-pipe.ts';
import {
  type ConnectionOptions,
  connectAcceptedSocket,
  createConnection,
  createUnixConnection,
  type UnixConnectionOptions,
} from '../transports/create-connection.ts';
import {
  createDatagramEndpoint,
  type DatagramEndpointOptions,
} from '../transports/create-datagram-endpoint.ts';
import {
  createServer,
  createUnixServer,
  type ServerOptions,
  type UnixServerOptions,
} from '../transports/create-server.ts';
import type { NetworkLoop } from '../transports/network-loop.ts';
import type { PipeLike } from '../transports/pipe.ts';
import type { DatagramProtocol, Protocol, StreamProtocol } from '../transports/protocol.ts';
import type { Server } from '../transports/server.ts';
import { startTls } from '../transports/tls/start-tls.ts';
import type { ServerTlsOptions, StartTlsOptions } from '../transports/tls/tls-options.ts';
import type { DatagramTransport, ReadTransport, Transport, WriteTransport } from '../transports/transport.ts';
import { LoopWithNames } from './loop-names.ts';

/** A loop with transports. `EventLoop` adds the rest. */
export abstract class NetworkMethods extends LoopWithNames implements NetworkLoop {
  /** The next connection to a listening socket. */
  abstract sockAccept(sock: Socket): Future<[conn: Socket, address: Address]>;
  /** Connects a socket. */
  abstract sockConnect(sock: Socket, address: AddressInput): Future<void>;

  /**
   * Connects to a host and a port, or takes over a connected socket. Several addresses are tried one after the other, or with
   * `happyEyeballsDelayMs` side by side (RFC 8305). `loop.create_connection` of CPython 3.13.
   *
   *     const [transport, protocol] = yield* loop.createConnection(() => new Echo(), { host: 'localhost', port: 8000 });
   *
   * @param protocolFactory called without arguments, for a new protocol
   * @returns the transport and the protocol, after connectionMade
   * @throws OSError such as ECONNREFUSED; RangeError for options that do not go together
   */
  createConnection<P extends StreamProtocol>(
    protocolFactory: () => P,
    options: ConnectionOptions,
  ): Coroutine<[transport: Transport, protocol: P]> {
    return createConnection(this, protocolFactory, options);
  }

  /** Connects to a unix socket. `loop.create_unix_connection` of CPython 3.13. @throws OSError such as ENOENT, ECONNREFUSED */
  createUnixConnection<P extends StreamProtocol>(
    protocolFactory: () => P,
    options: UnixConnectionOptions,
  ): Coroutine<[transport: Transport, protocol: P]> {
    return createUnixConnection(this, protocolFactory, options);
  }

  /**
   * Listens on a host and a port, or on a socket, and makes a transport and a protocol of each connection.
   * `loop.create_server` of CPython 3.13.
   *
   * @param protocolFactory called for each connection
   * @throws OSError such as EADDRINUSE, EACCES; RangeError for options that do not go together
   */
  createServer(protocolFactory: () => StreamProtocol, options: ServerOptions): Coroutine<Server> {
    return createServer(this, protocolFactory, options);
  }

  /** Listens on a unix socket. `loop.create_unix_server` of CPython 3.13. @throws OSError such as EADDRINUSE, EACCES */
  createUnixServer(protocolFactory: () => StreamProtocol, options: UnixServerOptions): Coroutine<Server> {
    return createUnixServer(this, protocolFactory, options);
  }

  /** A transport for a connection that was accepted elsewhere. `loop.connect_accepted_socket` of CPython 3.13. */
  connectAcceptedSocket<P extends StreamProtocol>(
    protocolFactory: () => P,
    sock: Socket,
    options?: ServerTlsOptions,
  ): Coroutine<[transport: Transport, protocol: P]> {
    return connectAcceptedSocket(this, protocolFactory, sock, options);
  }

  /**
   * Begins to encrypt a connection that is there, in either role: what STARTTLS and proxies need. `loop.start_tls` of CPython 3.13.
   *
   *     const secure = yield* loop.startTls(transport, protocol, new SSLContext(), { serverHostname: 'mail.example.com' });
   *
   * @param transport of any kind, in both directions; from now on it is the new transport's, and must not be used
   * @param protocol is called from now on as before, but with what was decrypted; its connectionMade is not called again
   * @param context as a server, one with a certificate
   * @returns the new transport, after the handshake
   * @throws SSLError, SSLCertVerificationError, TimeoutError, OSError; then the connection is closed
   */
  startTls(
    transport: Transport,
    protocol: StreamProtocol,
    context: SSLContext,
    options?: StartTlsOptions,
  ): Coroutine<Transport> {
    return startTls(this, transport, protocol, context, options);
  }

  /**
   * A socket of messages: UDP with host and port, unix datagrams with `family: AF_UNIX` and paths.
   * `loop.create_datagram_endpoint` of CPython 3.13.
   *
   *     const [transport] = yield* loop.createDatagramEndpoint(() => new Echo(), { localAddr: ['127.0.0.1', 9999] });
   *
   * @throws OSError such as EADDRINUSE; RangeError for options that do not go together
   */
  createDatagramEndpoint<P extends DatagramProtocol>(
    protocolFactory: () => P,
    options: DatagramEndpointOptions,
  ): Coroutine<[transport: DatagramTransport, protocol: P]> {
    return createDatagramEndpoint(this, protocolFactory, options);
  }

  /**
   * A transport for the reading end of a pipe, a socket or a terminal, such as descriptor 0. The descriptor becomes non-blocking, and
   * the transport's to close. `loop.connect_read_pipe` of CPython 3.13.
   * @throws RangeError for a regular file
   */
  connectReadPipe<P extends Protocol>(
    protocolFactory: () => P,
    pipe: PipeLike,
  ): Coroutine<[transport: ReadTransport, protocol: P]> {
    return connectReadPipe(this, protocolFactory, pipe);
  }

  /** The same for the writing end. `loop.connect_write_pipe` of CPython 3.13. @throws RangeError for a regular file */
  connectWritePipe<P extends BaseProtocol>(
    protocolFactory: () => P,
    pipe: PipeLike,
  ): Coroutine<[transport: WriteTransport, protocol: P]> {
    return connectWritePipe(this, protocolFactory, pipe);
  }
}
