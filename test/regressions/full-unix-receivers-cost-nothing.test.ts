/**
 * An unconnected unix datagram socket polls writable while its receiver is full: waiting must not spin, nor
 * hold up others.
 */
import { expect, it } from 'vitest';
import { DatagramProtocol, type DatagramTransport, sleep } from '../../src/index.ts';
import { AF_UNIX, SOCK_DGRAM, Socket } from '../../src/socket.ts';
import { owned, realLoop } from '../integration/loop/real-loop.ts';

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

class Silent extends DatagramProtocol {}
