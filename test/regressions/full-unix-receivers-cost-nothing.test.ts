/**
 * An unconnected unix datagram socket polls writable while its receiver is full: waiting must not spin, nor
 * hold up others.
 */
import { expect, it } from 'vitest';
import {
  BlockingIOError,
  DatagramProtocol,
  type DatagramTransport,
  sleep,
  TimeoutError,
} from '../../src/index.ts';
import { defaultKernel } from '../../src/kernel/default-kernel.ts';
import { AF_UNIX, SOCK_DGRAM, Socket } from '../../src/socket.ts';
import { kernelWith, owned, realLoop } from '../integration/loop/real-loop.ts';

const isLinux = process.platform === 'linux';
let count = 0;

function receiver(): [sock: Socket, name: string] {
  const name = `\0selectloop-${process.pid}-${count++}`;
  const sock = owned(new Socket(AF_UNIX, SOCK_DGRAM));
  sock.bind(name);
  sock.setblocking(false);
  return [sock, name];
}

function received(sock: Socket): string[] {
  const list: string[] = [];
  for (;;) {
    try {
      list.push(sock.recv(1000).toString());
    } catch {
      return list;
    }
  }
}

it.runIf(isLinux)('one receiver is full: others get their messages, and the processor rests', () => {
  const { loop } = realLoop();
  const [stuck, stuckName] = receiver();
  const [other, otherName] = receiver();
  loop.run(function* () {
    const [transport] = yield* loop.createDatagramEndpoint(() => new Silent(), { family: AF_UNIX });
    const sent: string[] = [];
    for (let i = 0; i < 100; i++) {
      sent.push(`line ${i}`);
      transport.sendto(Buffer.from(`line ${i}`), stuckName);
    }
    expect(transport.getWriteBufferSize()).toBeGreaterThan(0);
    let passCount = 0;
    loop.addInstrument({ passBegan: () => passCount++ });
    for (let i = 0; i < 3; i++) {
      transport.sendto(Buffer.from(`hello ${i}`), otherName);
      yield* sleep(100);
    }
    // One that asks again and again whether there is room has hundreds in each of these.
    expect(passCount).toBeLessThan(100);
    expect(received(other)).toEqual(['hello 0', 'hello 1', 'hello 2']);
    // When the receiver goes on, everything comes, in order.
    const got: string[] = [];
    while (got.length < sent.length) {
      got.push(...received(stuck));
      yield* sleep(5);
    }
    expect(got).toEqual(sent);
    expect(transport.getWriteBufferSize()).toBe(0);
    transport.close();
  });
});

it.runIf(isLinux)('closing sends what is left; aborting does not', () => {
  const { loop } = realLoop();
  const [stuck, name] = receiver();
  loop.run(function* () {
    const make = (): DatagramProtocol => new Silent();
    const endpoints: DatagramTransport[] = [];
    for (let i = 0; i < 2; i++)
      endpoints.push((yield* loop.createDatagramEndpoint(make, { family: AF_UNIX }))[0]);
    const [first, second] = endpoints as [DatagramTransport, DatagramTransport];
    for (let i = 0; i < 50; i++) first.sendto(Buffer.from('first'), name);
    first.close();
    second.sendto(Buffer.from('second'), name);
    second.abort();
    const got: string[] = [];
    while (got.length < 50) {
      got.push(...received(stuck));
      yield* sleep(5);
    }
    expect(got).toEqual(Array(50).fill('first'));
  });
});

/** A socket of which the receiver is full. */
function jammed(kernel = defaultKernel()): [sock: Socket, name: string, receiving: Socket] {
  const [receiving, name] = receiver();
  const sock = owned(new Socket(AF_UNIX, SOCK_DGRAM, 0, { kernel }));
  sock.setblocking(false);
  expect(() => {
    for (;;) sock.sendto(Buffer.from('line'), name);
  }).toThrow(BlockingIOError);
  return [sock, name, receiving];
}

const line = Buffer.from('line');
const sends: [call: 'sendto' | 'sendmsg' | 'sendMany', send: (sock: Socket, name: string) => void][] = [
  ['sendto', (sock, name) => sock.sendto(line, name)],
  ['sendmsg', (sock, name) => sock.sendmsg([line], [], 0, name)],
  ['sendMany', (sock, name) => sock.sendMany([[line, name]])],
];

it.runIf(isLinux).each(sends)('%s ends when its time is up, and rests until then', (call, send) => {
  let callCount = 0;
  const real = defaultKernel().sockets[call] as (...args: unknown[]) => number;
  const counted = (...args: unknown[]): number => {
    callCount++;
    return real(...args);
  };
  const [sock, name] = jammed(kernelWith({ sockets: { [call]: counted } }));
  sock.settimeout(200);
  callCount = 0;
  expect(() => send(sock, name)).toThrow(TimeoutError);
  expect(callCount).toBeLessThan(20);
});

it.runIf(isLinux)('sockSendto rests while it waits, and goes on', () => {
  const [sock, name, receiving] = jammed();
  const { loop } = realLoop();
  loop.run(function* () {
    let passCount = 0;
    loop.addInstrument({ passBegan: () => passCount++ });
    const sending = loop.sockSendto(sock, Buffer.from('last'), name);
    yield* sleep(300);
    // One that asks again and again whether there is room has thousands.
    expect(passCount).toBeLessThan(100);
    const got: string[] = [];
    while (got.at(-1) !== 'last') {
      got.push(...received(receiving));
      yield* sleep(5);
    }
    expect(yield* sending).toBe(4);
  });
});

class Silent extends DatagramProtocol {}
