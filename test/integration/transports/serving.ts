/** An echo server on a free port, and clients that are plain sockets. */
import type { EventLoop, Server } from '../../../src/index.ts';
import { AF_INET, SOCK_STREAM, Socket } from '../../../src/socket.ts';
import { owned } from '../loop/real-loop.ts';
import { Noting } from './fixtures.ts';

export class Echo extends Noting {
  override dataReceived(data: Buffer): void {
    super.dataReceived(data);
    this.transport.write(data);
  }
}

/** A server; its protocols are added to `protocols`. */
export function serve(loop: EventLoop, protocols: Noting[] = [], options: object = {}): Server {
  const factory = (): Noting => {
    const protocol = new Echo();
    protocols.push(protocol);
    return protocol;
  };
  return loop.run(loop.createServer(factory, { host: '127.0.0.1', port: 0, ...options }));
}

/** A client, connected. */
export function connectTo(server: Server): Socket {
  const client = owned(new Socket(AF_INET, SOCK_STREAM));
  const [first] = server.sockets;
  if (first === undefined) throw new Error('the server is closed');
  client.connect(first.getsockname());
  client.settimeout(3000);
  return client;
}
