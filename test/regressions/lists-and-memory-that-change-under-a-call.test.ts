/**
 * Native calls read lists whose getters gave memory away in the middle (freed memory was sent), and read
 * sizes in shared memory twice while a worker changed them (the heap was overwritten).
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { ADDRESS_RECORD_BYTES } from '../../src/addresses/address.ts';
import { DatagramProtocol } from '../../src/index.ts';
import { defaultKernel } from '../../src/kernel/default-kernel.ts';
import { EBADF, EEXIST, EINVAL } from '../../src/kernel/errno.ts';
import { AF_INET, SOCK_DGRAM, SOL_SOCKET, Socket, socketpair } from '../../src/socket.ts';
import { owned, realLoop } from '../integration/loop/real-loop.ts';
import { addonPath } from '../support/addon-path.ts';

const { sockets, fds, constants } = defaultKernel();
const GIVEN_BYTES = 1 << 16;

/** A view whose memory is given away when the returned `lose` is called. */
function losable(): { readonly view: Uint8Array; readonly lose: () => void } {
  const memory = new ArrayBuffer(GIVEN_BYTES);
  return {
    view: new Uint8Array(memory).fill(65),
    lose: () => void structuredClone(memory, { transfer: [memory] }),
  };
}

/** `[first, …, an element of 8 bytes that calls lose() when it is read]`. */
function trap(lose: () => void, ...first: readonly Uint8Array[]): Uint8Array[] {
  const list = [...first];
  Object.defineProperty(list, first.length, {
    get() {
      lose();
      return new Uint8Array(8);
    },
  });
  return list;
}

function pairOf(type?: number): [Socket, Socket] {
  const [left, right] = socketpair(undefined, type);
  left.settimeout(2000);
  right.settimeout(2000);
  return [owned(left), owned(right)];
}

const nothing = new Uint8Array(0);

it.each<[string, (fd: number, list: Uint8Array[]) => number]>([
  ['sendv', (fd, list) => sockets.sendv(fd, list, 0, 2, 0, 0)],
  ['writev', (fd, list) => fds.writev(fd, list, 0, 2, 0)],
  ['sendmsg', (fd, list) => sockets.sendmsg(fd, list, 0, nothing, nothing, 0)],
])('%s sends only what is still there once the whole list is read', (_, send) => {
  const [left, right] = pairOf();
  const { view, lose } = losable();
  expect(send(left.fileno(), trap(lose, view))).toBe(8);
  expect([...right.recv(GIVEN_BYTES)]).toEqual(new Array(8).fill(0));
});

it('sendMany, likewise', () => {
  const [left, right] = pairOf(constants.SOCK_DGRAM);
  const { view, lose } = losable();
  expect(sockets.sendMany(left.fileno(), trap(lose, view), 0, nothing, 0)).toBe(2);
  expect(right.recvMany(2, GIVEN_BYTES).map(([data]) => data.length)).toEqual([0, 8]);
});

it('recvmsg writes to no memory that its list gave away', () => {
  const [left, right] = pairOf();
  left.sendall(Buffer.from('abcd'));
  const out = new Int32Array(2);
  const record = losable();
  const receive = (list: Uint8Array[], address: Uint8Array): number =>
    sockets.recvmsg(right.fileno(), list, 0, nothing, address, out);
  // The room for the address is gone: refused before anything is received.
  expect(receive(trap(record.lose), record.view)).toBeLessThan(0);
  const part = losable();
  expect(receive(trap(part.lose, part.view), new Uint8Array(ADDRESS_RECORD_BYTES))).toBe(4);
});

it('the numbers that go with a list are read after it', () => {
  const [left] = pairOf(constants.SOCK_DGRAM);
  const records = losable();
  // Records whose memory is gone are none: both messages go to the connected peer.
  expect(sockets.sendMany(left.fileno(), trap(records.lose, new Uint8Array(1)), 0, records.view, 264)).toBe(
    2,
  );
  const control = losable();
  expect(
    sockets.sendmsg(left.fileno(), trap(control.lose, new Uint8Array(1)), 0, control.view, nothing, 0),
  ).toBe(9);
});

it('Socket takes its lists before their memory', () => {
  const [left, right] = pairOf();
  const { view, lose } = losable();
  expect(() => left.sendmsg(trap(lose, view))).toThrow(/buffers\[0\] was transferred/);
  right.settimeout(0);
  expect(() => right.recv(8)).toThrow(/EAGAIN/);
});

/** That of `receiver`; `lose()` is called when its port is read. */
function losingAddress(receiver: Socket, lose: () => void): [string, number] {
  const address: [string, number] = ['127.0.0.1', 0];
  Object.defineProperty(address, 1, {
    get() {
      lose();
      return receiver.getsockname()[1];
    },
  });
  return address;
}

it('the getters of an address cannot take a datagram away, nor its address', () => {
  const receiver = owned(new Socket(AF_INET, SOCK_DGRAM));
  receiver.bind(['127.0.0.1', 0]);
  receiver.settimeout(2000);
  const sender = owned(new Socket(AF_INET, SOCK_DGRAM));
  const losing = (lose: () => void): [string, number] => losingAddress(receiver, lose);
  const data = [losable(), losable()] as const;
  expect(() => sender.sendto(data[0].view, losing(data[0].lose))).toThrow(/was transferred/);
  expect(() => sender.sendMany([[data[1].view, losing(data[1].lose)]])).toThrow(/was transferred/);
  const first = losable();
  const parts = trap(() => sender.sendto(Buffer.from('other'), ['127.0.0.1', 9]), first.view.subarray(0, 4));
  sender.sendmsg(parts, [], 0, receiver.getsockname());
  expect(receiver.recv(100).length).toBe(12);
});

it('nor can they when a loop sends it', () => {
  const receiver = owned(new Socket(AF_INET, SOCK_DGRAM));
  receiver.bind(['127.0.0.1', 0]);
  receiver.settimeout(0);
  const { loop } = realLoop();
  loop.run(function* () {
    const sender = owned(new Socket(AF_INET, SOCK_DGRAM));
    const first = losable();
    expect(() => loop.sockSendto(sender, first.view, losingAddress(receiver, first.lose))).toThrow(
      /was transferred/,
    );
    const [transport] = yield* loop.createDatagramEndpoint(() => new Silent(), { family: AF_INET });
    const second = losable();
    expect(() => transport.sendto(second.view, losingAddress(receiver, second.lose))).toThrow(
      /was transferred/,
    );
    transport.close();
  });
  expect(() => receiver.recv(100)).toThrow(/EAGAIN/);
});

class Silent extends DatagramProtocol {}

it('ancillary items that a getter changes while they are read are what they were', () => {
  const [left, right] = pairOf();
  let readCount = 0;
  const item = [SOL_SOCKET, constants.SCM_RIGHTS as number, new Uint8Array(0)] as const;
  const data = (): Uint8Array =>
    readCount++ === 0 ? new Uint8Array(Int32Array.of(right.fileno()).buffer) : new Uint8Array(4096);
  Object.defineProperty(item, 2, { get: data });
  expect(left.sendmsg([Buffer.from('x')], [item])).toBe(1);
  const [, ancillary] = right.recvmsg(1, 100);
  expect(ancillary.map(([, , bytes]) => bytes.length)).toEqual([4]);
  for (const [, , bytes] of ancillary) fds.close(bytes.readInt32LE(0));
});

/**
 * Runs `source` as a program that has the addon as `addon` and calls it while a worker runs `worker` on
 * `words`.
 */
function race(words: number, worker: string, source: string): { status: number | null; stderr: string } {
  const program = `
    const { Worker } = require('node:worker_threads');
    const addon = require(${JSON.stringify(addonPath())});
    const memory = new SharedArrayBuffer(${4 * words});
    const words = new Int32Array(memory);
    const bytes = new Uint8Array(memory);
    const ends = new Int32Array(2);
    addon.socketpair(1, 2, 0, ends);
    const thread = new Worker(
      'const words = new Int32Array(require("node:worker_threads").workerData); for (;;) { ${worker} }',
      { eval: true, workerData: memory });
    thread.once('online', () => {
      const until = Date.now() + 700;
      while (Date.now() < until) { ${source} }
      process.exit(0);
    });`;
  const child = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8', timeout: 60_000 });
  return { status: child.status, stderr: child.stderr };
}

it.each([
  [
    'sendmsg: sizes of ancillary items',
    999,
    'words[0] = 12; words[0] = 3996;',
    'for (let i = 3; i < 999; i += 3) words[i] = 12; addon.sendmsg(ends[0], [new Uint8Array(1)], 0, bytes, new Uint8Array(0), 0);',
  ],
  [
    'recvEach: numbers of bytes',
    4,
    'words[1] = 8; words[1] = -1; words[1] = 2147483647; words[3] = 5;',
    'words[0] = ends[1]; words[2] = ends[1]; addon.send(ends[0], new Uint8Array(64), 0, 64, 0); addon.recvEach(words, new Uint8Array(16), 0, 16, 2, 8);',
  ],
  [
    'sendMany: sizes of records',
    132,
    'words[0] = 16; words[0] = 2147483647; words[0] = 120; words[1] = 1; words[1] = 2; words[1] = 17;',
    'addon.sendMany(ends[0], [new Uint8Array(1), new Uint8Array(1)], 0, bytes, 264);',
  ],
])('a worker changes shared memory in the middle of %s', (_, words, worker, source) => {
  expect(race(words, worker, source)).toMatchObject({ status: 0 });
});

it('a wake-up opens on shared words that are zero, once, and ends whatever is written to them', () => {
  const program = `
    const addon = require(${JSON.stringify(addonPath())});
    const out = new Int32Array(2);
    const fresh = () => new Int32Array(new SharedArrayBuffer(8));
    const answers = [];
    for (const words of [[0, 7], [1, 0], [0, -1], [0, 1 << 30]]) {
      const state = fresh();
      state.set(words);
      answers.push(addon.wakeupOpen(state, out));
    }
    answers.push(addon.wakeupOpen(new Int32Array(2), out));
    const state = fresh();
    answers.push(addon.wakeupOpen(state, out), addon.wakeupOpen(state, out));
    state[1] = 5;
    answers.push(addon.wakeupClose(state), addon.wakeupClose(state));
    const left = fresh();
    addon.wakeupOpen(left, out);
    left[1] = 5;
    console.log(JSON.stringify(answers));`;
  const child = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8', timeout: 30_000 });
  expect(child.status).toBe(0);
  expect(JSON.parse(child.stdout)).toEqual([...new Array(5).fill(-EINVAL), 0, -EEXIST, 0, -EBADF]);
});

it('SELECTLOOP_ADDON may be relative to the working directory', () => {
  const absolute = addonPath();
  const folder = absolute.slice(0, absolute.lastIndexOf('/'));
  const env = { ...process.env, SELECTLOOP_ADDON: absolute.slice(folder.length + 1) };
  const loader = fileURLToPath(new URL('../../src/kernel/addon.ts', import.meta.url));
  const program = `import(${JSON.stringify(loader)}).then(({ loadAddon }) => console.log(typeof loadAddon().recv));`;
  const tsx = import.meta.resolve('tsx');
  const child = spawnSync(process.execPath, ['--import', tsx, '-e', program], {
    cwd: folder,
    encoding: 'utf8',
    env,
    timeout: 30_000,
  });
  expect(child.stdout).toBe('function\n');
});

const python = spawnSync('python3', ['-c', 'import ctypes, socket'], { timeout: 20_000 });

it.skipIf(process.platform !== 'linux' || python.status !== 0)(
  'a packet filter, which Linux counts in instructions, is not written past the end of its room',
  () => {
    const attach = `
import ctypes, socket, struct, subprocess, sys
code = ctypes.create_string_buffer(struct.pack('HBBI', 6, 0, 0, 65535) * 4)
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.setsockopt(socket.SOL_SOCKET, 26, struct.pack('HxxxxxxP', 4, ctypes.addressof(code)))
sys.exit(subprocess.run([*sys.argv[1:], str(sock.fileno())], pass_fds=[sock.fileno()]).returncode)`;
    const program = `
      const addon = require(${JSON.stringify(addonPath())});
      const fd = Number(process.argv[1]);
      const memory = new Uint8Array(64).fill(9);
      const answers = [8, 31, 32, 40].map((size) => addon.getsockoptBytes(fd, 1, 26, memory.subarray(0, size)));
      console.log(JSON.stringify([...answers, addon.getsockoptInt(fd, 1, 26, new Int32Array(1)), memory[32]]));`;
    const child = spawnSync('python3', ['-c', attach, process.execPath, '-e', program], {
      encoding: 'utf8',
      timeout: 30_000,
    });
    expect(child.stdout.trim(), child.stderr).toBe(JSON.stringify([-EINVAL, -EINVAL, 32, 32, -EINVAL, 9]));
  },
);
