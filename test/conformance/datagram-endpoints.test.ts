/** Datagram endpoints: what CPython 3.13 asks in test_base_events and test_events. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EIO } from '../../src/kernel/errno.ts';
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  SO_BROADCAST,
  SO_REUSEPORT,
  SOCK_DGRAM,
  SOL_SOCKET,
  Socket,
} from '../../src/socket.ts';
import { DatagramProtocol } from '../../src/transports/protocol.ts';
import { kernelWith, owned, realLoop } from '../integration/loop/real-loop.ts';
import { settle } from '../integration/transports/fixtures.ts';
import { onTeardown } from '../support/teardown.ts';
import { caught } from '../unit/loop/virtual-loop.ts';
import { Noting } from './datagram-fixture.ts';

const somewhere = ['127.0.0.1', 9] as const;

describe('an endpoint', () => {
  it('create_datagram_endpoint_sockopts: has no option that was not asked for', () => {
    const { loop } = realLoop();
    const optionsOf = (options: object): unknown[] => {
      const [transport] = loop.run(
        loop.createDatagramEndpoint(() => new Noting(), { localAddr: ['127.0.0.1', 0], ...options }),
      );
      const sock = transport.getExtraInfo('socket') as Socket;
      const values = [SO_REUSEPORT, SO_BROADCAST].map((option) => sock.getsockopt(SOL_SOCKET, option) !== 0);
      transport.abort();
      settle(loop);
      return values;
    };
    expect(optionsOf({})).toEqual([false, false]);
    expect(optionsOf({ reusePort: true, allowBroadcast: true })).toEqual([true, true]);
  });

  it.each<[string, object, RegExp]>([
    ['create_datagram_endpoint_noaddr_nofamily', {}, /./],
    ['create_datagram_endpoint_addr_error', { localAddr: 'localhost' }, /./],
    ['create_datagram_endpoint_addr_error', { localAddr: ['localhost', 1, 2, 3] }, /./],
    [
      'create_datagram_endpoint_no_matching_family',
      { remoteAddr: ['127.0.0.1', 0], localAddr: ['::1', 0] },
      /./,
    ],
    ['create_datagram_endpoint_cant_bind', { localAddr: ['192.0.2.1', 0] }, /EADDRNOTAVAIL/],
  ])('%s: is refused, and leaves nothing open', (_name, options, message) => {
    const { loop } = realLoop();
    const error = caught(() => loop.run(loop.createDatagramEndpoint(() => new Noting(), options)));
    expect(error.message).toMatch(message);
    expect(error.name).toMatch(/^(RangeError|TypeError|OSError)$/);
  });

  it('create_datagram_endpoint_sock, create_datagram_endpoint_sock_sockopts: a socket is taken as it is', () => {
    const { loop } = realLoop();
    const sock = owned(new Socket(AF_INET, SOCK_DGRAM));
    const others: readonly object[] = [
      { localAddr: ['127.0.0.1', 0] },
      { remoteAddr: ['127.0.0.1', 1] },
      { family: AF_INET },
      { proto: 1 },
      { flags: 1 },
      { reusePort: true },
      { allowBroadcast: true },
    ];
    for (const other of others) {
      const error = caught(() =>
        loop.run(loop.createDatagramEndpoint(() => new Noting(), { sock, ...other })),
      );
      expect([Object.keys(other), error.name]).toEqual([Object.keys(other), 'RangeError']);
    }
    const [transport, protocol] = loop.run(loop.createDatagramEndpoint(() => new Noting(), { sock }));
    expect(protocol.made).toBe(1);
    transport.close();
    settle(loop);
    expect(protocol.lostWith).toBe(null);
  });

  it('create_datagram_endpoint_connect_err, create_datagram_endpoint_setblk_err: its socket is closed', () => {
    const closed: number[] = [];
    const real = kernelWith({});
    const kernel = kernelWith({
      fds: {
        ...real.fds,
        close: (fd) => {
          closed.push(fd);
          return real.fds.close(fd);
        },
      },
      sockets: { connect: () => -EIO },
    });
    const { loop } = realLoop({ kernel });
    expect(() =>
      loop.run(loop.createDatagramEndpoint(() => new Noting(), { remoteAddr: somewhere })),
    ).toThrow('EIO');
    expect(closed.length).toBeGreaterThan(0);
  });

  it('create_datagram_endpoint_existing_sock_unix: a path that nobody is bound to any more is taken', () => {
    const folder = mkdtempSync(join(tmpdir(), 'selectloop-datagrams-'));
    onTeardown(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'sock');
    const dead = new Socket(AF_UNIX, SOCK_DGRAM);
    dead.bind(path);
    dead.close();
    const { loop } = realLoop();
    const [transport] = loop.run(
      loop.createDatagramEndpoint(() => new Noting(), { localAddr: path, family: AF_UNIX }),
    );
    expect(transport.getExtraInfo('sockname')).toBe(path);
    transport.abort();
    settle(loop);
  });

  it('datagram_protocol: every method may be left out', () => {
    const protocol = new (class extends DatagramProtocol {})();
    const made: unknown[] = [
      protocol.connectionMade({} as never),
      protocol.connectionLost(null),
      protocol.pauseWriting(),
      protocol.resumeWriting(),
      protocol.datagramReceived(Buffer.alloc(1), ['127.0.0.1', 1]),
      protocol.errorReceived(new RangeError('x')),
    ];
    expect(made.every((value) => value === undefined)).toBe(true);
  });

  it('create_datagram_endpoint_ipv6: has addresses of its family', (context) => {
    const { loop } = realLoop();
    try {
      const [transport] = loop.run(
        loop.createDatagramEndpoint(() => new Noting(), { localAddr: ['::1', 0], family: AF_INET6 }),
      );
      expect(transport.getExtraInfo('sockname')?.[0]).toBe('::1');
      transport.abort();
      settle(loop);
    } catch (error) {
      if (!/EADDRNOTAVAIL|EAFNOSUPPORT/.test(String(error))) throw error;
      context.skip();
    }
  });
});
