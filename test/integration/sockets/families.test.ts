/**
 * Families that only some machines have. Where one is missing, the test is skipped and its name says which.
 */

import { describe, expect, test } from 'vitest';

import {
  AF_CAN,
  AF_INET,
  AF_NETLINK,
  AF_PACKET,
  AF_VSOCK,
  CAN_RAW,
  ETH_P_ALL,
  ETH_P_IP,
  htons,
  IPPROTO_ICMP,
  ifIndextoname,
  ifNameindex,
  type NetlinkAddress,
  type PacketAddress,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_STREAM,
  Socket,
  VMADDR_CID_ANY,
  VMADDR_CID_LOCAL,
  VMADDR_PORT_ANY,
  type VsockAddress,
} from '../../../src/socket.ts';
import { failOnFdLeaks } from '../../support/fd-leaks.ts';
import { closeLater, errorOf, newSocket } from './fixtures.ts';

failOnFdLeaks();

/** Whether this machine and this user can have such a socket; a line says when not. */
function has(what: string, family: number | undefined, type: number, proto = 0): boolean {
  try {
    new Socket(family ?? -1, type, proto).close();
    return true;
  } catch (error) {
    console.info(`skipped: ${what} (${error instanceof Error ? error.message : String(error)})`);
    return false;
  }
}

function newOf(family: number | undefined, type: number, proto = 0): Socket {
  const sock = new Socket(family, type, proto);
  closeLater(sock);
  sock.settimeout(5000);
  return sock;
}

const loopback = ifNameindex().find(([, name]) => /^lo\d*$/.test(name))?.[1] ?? 'lo';

describe.runIf(has('AF_NETLINK', AF_NETLINK, SOCK_RAW))('AF_NETLINK', () => {
  test('asks the kernel for its interfaces', () => {
    const sock = newOf(AF_NETLINK, SOCK_RAW);
    sock.bind([0, 0]);
    const [pid, groups] = sock.getsockname<NetlinkAddress>();
    expect([pid > 0, groups]).toEqual([true, 0]);
    // nlmsghdr: length, type RTM_GETLINK, flags REQUEST | DUMP, sequence, port; then rtgenmsg.
    const request = Buffer.alloc(20);
    request.writeUInt32LE(20, 0);
    request.writeUInt16LE(18, 4);
    request.writeUInt16LE(0x301, 6);
    request.writeUInt32LE(7, 8);
    expect(sock.sendto(request, [0, 0])).toBe(20);
    const [reply, sender] = sock.recvfrom<NetlinkAddress>(65_536);
    expect(sender).toEqual([0, 0]);
    expect([reply.readUInt16LE(4), reply.readUInt32LE(8)]).toEqual([16, 7]);
    expect(String(sock)).toMatch(new RegExp(`AF_NETLINK SOCK_RAW \\[${pid}, 0\\]`));
  });

  test('refuses what is no address of it', () => {
    const sock = newOf(AF_NETLINK, SOCK_RAW);
    expect(String(errorOf(() => sock.bind([1] as never)))).toMatch(
      /^TypeError: Socket\.bind: .*\[pid, groups\]/,
    );
    expect(String(errorOf(() => sock.bind([-1, 0])))).toMatch(
      /^RangeError: Socket\.bind: expected a port id/,
    );
    expect(String(errorOf(() => sock.bind('x')))).toMatch(/^TypeError/);
  });
});

describe.runIf(has('AF_PACKET', AF_PACKET, SOCK_DGRAM))('AF_PACKET', () => {
  test('sees what passes an interface, and names it', () => {
    const sniffer = newOf(AF_PACKET, SOCK_DGRAM, htons(ETH_P_IP as number));
    sniffer.bind([loopback, ETH_P_IP as number]);
    const [name, proto, , , addr] = sniffer.getsockname<PacketAddress>();
    expect([name, proto, addr.length]).toEqual([loopback, ETH_P_IP, 6]);
    const receiver = newSocket(AF_INET, SOCK_DGRAM);
    receiver.bind(['127.0.0.1', 0]);
    const marker = Buffer.from('seen by the sniffer');
    const source = newSocket(AF_INET, SOCK_DGRAM);
    for (let count = 0; ; count++) {
      // Again and again: what comes while the sniffer's buffer is full of other traffic is lost.
      if (count % 16 === 0) source.sendto(marker, receiver.getsockname());
      const [packet, sender] = sniffer.recvfrom<PacketAddress>(2048);
      if (!packet.includes(marker)) continue;
      expect([sender[0], sender[1]]).toEqual([loopback, ETH_P_IP]);
      break;
    }
  });

  test('an interface that does not exist is ENODEV and named', () => {
    const sock = newOf(AF_PACKET, SOCK_DGRAM);
    const error = errorOf(() => sock.bind(['no-such-if', ETH_P_ALL as number]));
    expect(error).toMatchObject({ code: 'ENODEV', syscall: 'bind' });
    expect(error.message).toContain('no-such-if');
    expect(errorOf(() => sock.bind(['a-name-that-is-too-long', 3]))).toBeInstanceOf(RangeError);
    expect(errorOf(() => sock.bind([loopback, 3, 0, 0, Buffer.alloc(9)]))).toBeInstanceOf(TypeError);
  });
});

describe.runIf(has('AF_VSOCK', AF_VSOCK, SOCK_STREAM))('AF_VSOCK', () => {
  test('binds a port of the system’s choice', () => {
    const sock = newOf(AF_VSOCK, SOCK_STREAM);
    sock.bind([VMADDR_CID_ANY as number, VMADDR_PORT_ANY as number]);
    const [cid, port] = sock.getsockname<VsockAddress>();
    expect([cid, port > 0 && port < 2 ** 32 - 1]).toEqual([VMADDR_CID_ANY, true]);
  });

  test('connects over the loopback transport, or says that there is none', () => {
    const listener = newOf(AF_VSOCK, SOCK_STREAM);
    listener.bind([VMADDR_CID_ANY as number, VMADDR_PORT_ANY as number]);
    listener.listen();
    const [, port] = listener.getsockname<VsockAddress>();
    const client = newOf(AF_VSOCK, SOCK_STREAM);
    const errno = client.connectEx([VMADDR_CID_LOCAL as number, port]);
    if (errno !== 0) {
      console.info('skipped: AF_VSOCK over the loopback transport, which is not loaded here');
      return;
    }
    const [server, address] = listener.accept<VsockAddress>();
    closeLater(server);
    expect(address[0]).toBe(VMADDR_CID_LOCAL);
  });
});

describe.runIf(has('AF_CAN', AF_CAN, SOCK_RAW, CAN_RAW))('AF_CAN', () => {
  test('binds any interface, and refuses one that does not exist', () => {
    const sock = newOf(AF_CAN, SOCK_RAW, CAN_RAW);
    sock.bind(['']);
    expect(sock.getsockname()).toEqual(['']);
    expect(errorOf(() => sock.bind(['no-such-can']))).toMatchObject({ code: 'ENODEV' });
  });
});

test.runIf(has('raw ICMP', AF_INET, SOCK_RAW, IPPROTO_ICMP))(
  'a raw socket pings the loopback address',
  () => {
    const sock = newOf(AF_INET, SOCK_RAW, IPPROTO_ICMP);
    const request = Buffer.from([8, 0, 0, 0, 0x12, 0x34, 0, 1]);
    let sum = 0;
    for (let at = 0; at < request.length; at += 2) sum += request.readUInt16BE(at);
    request.writeUInt16BE(~(sum + (sum >> 16)) & 0xffff, 2);
    sock.sendto(request, ['127.0.0.1', 0]);
    for (;;) {
      const [packet, [host]] = sock.recvfrom(1500);
      const icmp = packet.subarray(((packet[0] as number) & 15) * 4);
      // The request itself is looped back as well.
      if (icmp[0] !== 0) continue;
      expect([host, icmp.readUInt16BE(4)]).toEqual(['127.0.0.1', 0x1234]);
      break;
    }
  },
);

test('the interfaces are those of the machine', () => {
  for (const [index, name] of ifNameindex()) expect(ifIndextoname(index)).toBe(name);
});
