import { type EventLoop, Future } from '../../src/index.ts';
import type { AddressInfo } from '../../src/names/address-query.ts';
import { AF_INET, AF_UNIX, SOCK_DGRAM, SOCK_STREAM, Socket } from '../../src/socket.ts';
import { kernelWith, owned, realLoop } from '../integration/loop/real-loop.ts';
import { Noting } from '../integration/transports/fixtures.ts';

export const newNoting = (): Noting => new Noting();

/** The real system, with a count of the sockets that are open. */
export function counted(changes: Parameters<typeof kernelWith>[0] = {}) {
  const real = kernelWith({});
  const open = { count: 0 };
  const kernel = kernelWith({
    ...changes,
    fds: {
      ...real.fds,
      close: (fd) => {
        open.count--;
        return real.fds.close(fd);
      },
    },
    sockets: {
      ...changes.sockets,
      socket: (family, type, protocol) => {
        const fd = (changes.sockets?.socket ?? real.sockets.socket)(family, type, protocol);
        if (fd >= 0) open.count++;
        return fd;
      },
    },
  });
  return { ...realLoop({ kernel }), open };
}

/** Has every name resolve to these hosts. */
export function resolveTo(loop: EventLoop, hosts: readonly string[], port = 9): unknown[] {
  const asked: unknown[] = [];
  const infos = hosts.map((host): AddressInfo => [AF_INET, SOCK_STREAM, 6, '', [host, port]]);
  loop.getaddrinfo = (host) => {
    asked.push(host);
    const future = new Future<AddressInfo[]>({ loop });
    future.setResult(infos);
    return future;
  };
  return asked;
}

export type Case = readonly [name: string, options: object, words: RegExp];
export const datagram = (): Socket => owned(new Socket(AF_INET, SOCK_DGRAM));
export const internet = (): Socket => owned(new Socket(AF_INET, SOCK_STREAM));
export const unixDatagram = (): Socket => owned(new Socket(AF_UNIX, SOCK_DGRAM));
