/**
 * How each function of the addon is called: `args(world)` makes arguments that are right most of the time,
 * `took(world, result, args)` keeps what a successful call has opened. A function that is missing here is
 * called with hostile values only, and named in the fuzzer's output.
 *
 * Left out on purpose: what would block for ever, reach another machine or change this one's settings (raw
 * and netlink sockets, SO_LINGER, buffers of any size, packet filters of the system).
 */

const keepFd = (w, result) => w.fds.add(result);
const keepPair = (index) => (w, _result, args) => {
  w.fds.add(args[index][0]);
  w.fds.add(args[index][1]);
};
const onFd = (more) => ({ args: (w) => [w.fd(), ...more(w)] });
const timeoutMs = (w) => w.values.pick([0, 0, 0.2, 1, Number.NaN]);
const flags = (w) => (w.values.chance(0.8) ? 0 : w.values.pick([1, 2, 0x20, 0x40, 0x2000, -1]));
const nothing = new Uint8Array(0);
const pem = (w) => (w.values.chance(0.6) ? w.values.pick(Object.values(w.pem)) : w.values.bytes());

/** A family and a type that stay on this machine. */
function kindOfSocket({ values, constants }) {
  const family = values.pick([constants.AF_INET, constants.AF_INET6, constants.AF_UNIX, 9999, -1]);
  return [
    family,
    values.pick([constants.SOCK_STREAM, constants.SOCK_DGRAM, 999]),
    values.pick([0, 0, 0, 6, 17]),
  ];
}

/** An option that changes nothing outside of its socket and cannot make a call wait. */
function option({ values, constants }) {
  const { SOL_SOCKET, IPPROTO_TCP, SO_LINGER, SO_RCVBUFFORCE = 33, SO_SNDBUFFORCE = 32 } = constants;
  const level = values.pick([SOL_SOCKET, SOL_SOCKET, IPPROTO_TCP, 9999]);
  const avoided = [SO_LINGER, SO_RCVBUFFORCE, SO_SNDBUFFORCE];
  const number = values.int(60);
  return [level, avoided.includes(number) ? 4 : number];
}

/** A message with descriptors in it, or ancillary data that makes no sense. */
function control(w) {
  const { values, constants } = w;
  if (values.chance(0.4)) return nothing;
  if (values.chance(0.4)) return values.bytes();
  const item = new Int32Array([16, constants.SOL_SOCKET, constants.SCM_RIGHTS, w.fds.numbers[0] ?? -1]);
  return new Uint8Array(item.buffer);
}

const record = (w) => (w.values.chance(0.9) ? new Uint8Array(264) : w.values.bytes());
const transfer = onFd((w) => [...w.values.range(), flags(w)]);
const gathered = (w) => [w.fd(), w.values.lists(40), w.values.int(3), w.values.int(300), w.values.int(20)];

const sockets = {
  socket: { args: kindOfSocket, took: keepFd },
  socketpair: {
    args: (w) => [
      ...(w.values.chance(0.7) ? [1, w.values.pick([1, 2, 5]), 0] : kindOfSocket(w)),
      new Int32Array(2),
    ],
    took: keepPair(3),
  },
  bind: onFd((w) => w.address()),
  connect: onFd((w) => w.address()),
  listen: { ...onFd((w) => [w.values.int(20)]), took: (w, _result, [fd]) => w.listeners.add(fd) },
  accept: { args: (w) => [w.values.pick(w.listeners.numbers) ?? w.fd(), record(w)], took: keepFd },
  recv: transfer,
  send: transfer,
  recvEach: {
    args(w) {
      const requests = w.values.ints(4);
      for (let i = 0; i < requests.length; i += 2) requests[i] = w.values.pick(w.fds.numbers);
      return [requests, ...w.values.range(64), w.values.int(4), w.values.pick([1, 8, 100, 0, -1])];
    },
  },
  sendEach: {
    args(w) {
      const requests = w.values.ints(4);
      for (let i = 0; i < requests.length; i += 3) {
        requests[i] = w.values.pick(w.fds.numbers);
        if (w.values.chance(0.7)) requests[i + 2] = w.values.pick([0, 0, 16, 36]);
      }
      return [requests, w.values.range(64)[0], w.values.int(4)];
    },
  },
  sendv: { args: (w) => [...gathered(w), flags(w)] },
  recvfrom: onFd((w) => [...w.values.range(), flags(w), record(w)]),
  sendto: onFd((w) => [...w.values.range(), flags(w), ...w.address()]),
  recvmsg: {
    ...onFd((w) => [
      w.values.lists(20),
      flags(w),
      new Uint8Array(w.values.pick([0, 0, 24, 100])),
      record(w),
      w.values.ints(2),
    ]),
    took(w, _result, [, , , items, , out]) {
      // What has arrived is ours to close.
      const words = new Int32Array(items.buffer, 0, items.length >> 2);
      if (out[0] >= 16 && words[2] === w.constants.SCM_RIGHTS) w.fds.add(words[3]);
    },
  },
  sendmsg: onFd((w) => [
    w.values.lists(20),
    flags(w),
    control(w),
    ...(w.values.chance(0.8) ? [nothing, 0] : w.address()),
  ]),
  recvMany: onFd((w) => [
    w.values.bytes(),
    w.values.pick([1, 8, 64, 1000, -1]),
    flags(w),
    w.values.ints(2),
    w.values.bytes(),
  ]),
  sendMany: onFd((w) => [
    w.values.lists(10),
    flags(w),
    ...(w.values.chance(0.7) ? [nothing, 0] : [w.values.bytes(), 264]),
  ]),
  sendfile: onFd((w) => [
    w.values.chance(0.9) ? w.file : w.fd(),
    w.values.int(60_000),
    1 + w.values.int(9000),
  ]),
  shutdown: onFd((w) => [w.values.int(4)]),
  getsockname: onFd((w) => [record(w)]),
  getpeername: onFd((w) => [record(w)]),
  getsockoptInt: onFd((w) => [...option(w), w.values.ints(1)]),
  setsockoptInt: onFd((w) => [...option(w), w.values.int(3)]),
  getsockoptBytes: onFd((w) => [...option(w), w.values.bytes()]),
  setsockoptBytes: onFd((w) => [...option(w), w.values.bytes()]),
  ifNameindex: { args: (w) => [w.values.bytes()] },
  ifNametoindex: { args: (w) => [w.values.pick(['lo', '', 'x'.repeat(500), 'eth0'])] },
  ifIndextoname: { args: (w) => [w.values.chance(0.7) ? 1 : w.values.oddNumber(), w.values.bytes()] },
};

const descriptors = {
  read: onFd((w) => w.values.range()),
  write: onFd((w) => w.values.range()),
  writev: { args: gathered },
  pipe: { args: () => [new Int32Array(2)], took: keepPair(0) },
  dup: { ...onFd(() => []), took: keepFd },
  close: {
    ...onFd(() => []),
    before: (w, [fd]) => {
      w.fds.remove(fd);
      w.listeners.remove(fd);
    },
  },
  adopt: onFd(() => []),
  release: onFd(() => []),
  fileType: onFd(() => []),
  getInheritable: onFd(() => []),
  setInheritable: onFd((w) => [w.values.chance(0.5)]),
  setNonblocking: onFd(() => [true]),
  waitReady: onFd((w) => [w.values.int(4), timeoutMs(w)]),
};

const waiting = {
  pollerKinds: { args: () => [] },
  pollerOpen: {
    args: (w) => [w.values.pick([...w.addon.pollerKinds(), 'none'])],
    took: (w, result) => w.pollers.add(result),
  },
  pollerSet: {
    args: (w) => [w.handle(w.pollers), w.fd(), w.values.int(4), w.values.int(5), w.values.int(100)],
  },
  pollerWait: { args: (w) => [w.handle(w.pollers), w.values.ints(2), timeoutMs(w)] },
  pollerPollableFd: { args: (w) => [w.handle(w.pollers)] },
  pollerClose: { args: (w) => [w.handle(w.pollers)], before: (w, [handle]) => w.pollers.remove(handle) },
  wakeupOpen: {
    args: (w) => [
      w.values.chance(0.8) ? new Int32Array(new SharedArrayBuffer(8)) : w.values.ints(2),
      new Int32Array(2),
    ],
    took(w, _result, [state, out]) {
      w.wakeups.push({ state, fds: [...out] });
      if (w.wakeups.length > 4) w.addon.wakeupClose(w.wakeups.shift().state);
    },
  },
  wakeupWake: {
    args: (w) => {
      const { state, fds } = w.values.pick(w.wakeups) ?? { state: w.values.ints(2), fds: [-1, -1] };
      return [state, fds[1]];
    },
  },
  wakeupDrain: {
    args: (w) => {
      const { state, fds } = w.values.pick(w.wakeups) ?? { state: w.values.ints(2), fds: [-1, -1] };
      return [state, fds[0]];
    },
  },
  wakeupClose: {
    args: (w) => [w.values.chance(0.3) ? (w.wakeups[0]?.state ?? w.values.ints(2)) : w.values.ints(2)],
    before: (w, [state]) => {
      w.wakeups = w.wakeups.filter((wakeup) => wakeup.state !== state);
    },
  },
  groupOpen: { args: () => [] },
  groupJoin: { args: (w) => [w.values.int(4), w.values.pick(w.wakeups)?.state ?? w.values.ints(2)] },
  groupLeave: { args: (w) => [w.values.int(4), w.values.pick(w.wakeups)?.state ?? w.values.ints(2)] },
  groupWake: { args: (w) => [w.values.int(4)] },
  threadEnter: { args: (w) => [w.values.int(4)] },
  threadIsAlive: { args: (w) => [w.values.int(4)] },
  // SIGUSR2 and SIGWINCH, which nobody sends here; and numbers that are refused.
  signalWatch: { args: (w) => [w.values.pick([12, 28, 0, -1, 11, 9, 1000]), w.fd(), w.values.chance(0.5)] },
  signalRestore: { args: (w) => [w.values.pick([12, 28, 0, -1, 1000])] },
  lookupsOpen: { args: (w) => [w.values.ints(1)], took: (w, result) => w.lookups.add(result) },
  lookupsGetaddrinfo: {
    // AI_NUMERICHOST: no question leaves the machine.
    args: (w) => [
      w.handle(w.lookups),
      w.values.chance(0.5) ? Buffer.from('127.0.0.1') : w.values.bytes(),
      nothing,
      new Int32Array([0, w.values.int(4), 0, 4]),
    ],
  },
  lookupsGetnameinfo: { args: (w) => [w.handle(w.lookups), ...w.address(), 1 | 2] },
  lookupsTake: { args: (w) => [w.handle(w.lookups), w.values.bytes()] },
  lookupsAbandon: { args: (w) => [w.handle(w.lookups), w.values.int(20)] },
  lookupsClose: { args: (w) => [w.handle(w.lookups)], before: (w, [handle]) => w.lookups.remove(handle) },
};

const onContext = (more) => ({ args: (w) => [w.handle(w.contexts), ...more(w)] });
const onConnection = (more) => ({ args: (w) => [w.handle(w.connections), ...more(w)] });
const text = (w) =>
  w.values.chance(0.5) ? Buffer.from(w.values.pick(['localhost', '', 'TLSv1.3', 'h2'])) : w.values.bytes();

const tls = {
  tlsAvailable: { args: () => [] },
  tlsWords: { args: (w) => [w.values.bytes()] },
  tlsVerifyWords: { args: (w) => [w.values.int(100), w.values.bytes()] },
  tlsContextOpen: { args: () => [], took: (w, result) => w.contexts.add(result) },
  tlsContextClose: { ...onContext(() => []), before: (w, [handle]) => w.contexts.remove(handle) },
  tlsContextSetNumber: onContext((w) => [w.values.int(12), w.values.int(1000)]),
  tlsContextSetText: onContext((w) => [w.values.int(8), text(w)]),
  tlsContextAddCa: onContext((w) => [pem(w)]),
  tlsContextAddCrl: onContext((w) => [pem(w)]),
  tlsContextShareCas: onContext((w) => [w.handle(w.contexts)]),
  tlsContextUseCertificate: onContext((w) => [pem(w)]),
  tlsContextUsePrivateKey: onContext((w) => [pem(w), text(w)]),
  tlsOpen: {
    ...onContext((w) => [w.values.chance(0.5), w.values.int(4)]),
    took: (w, result) => w.connections.add(result),
  },
  tlsClose: { ...onConnection(() => []), before: (w, [handle]) => w.connections.remove(handle) },
  tlsSetHost: onConnection((w) => [text(w), text(w), w.values.chance(0.3), w.values.chance(0.3)]),
  tlsSetSession: onConnection((w) => [
    w.values.chance(0.7) && w.session !== null ? w.session : w.values.bytes(),
  ]),
  tlsChooseContext: onConnection((w) => [w.values.chance(0.5) ? -1 : w.handle(w.contexts), w.values.int(4)]),
  tlsHandshake: onConnection(() => []),
  tlsFeed: onConnection((w) => w.values.range()),
  tlsFeedEnd: onConnection(() => []),
  tlsDrain: onConnection((w) => w.values.range()),
  tlsRead: onConnection((w) => w.values.range()),
  tlsWrite: onConnection((w) => w.values.range()),
  tlsShutdown: onConnection(() => []),
  tlsText: onConnection((w) => [w.values.int(8), w.values.bytes()]),
  tlsNumber: onConnection((w) => [w.values.int(10)]),
  tlsBytes: onConnection((w) => [w.values.int(8), w.values.int(4), w.values.bytes()]),
  tlsPending: onConnection((w) => [w.values.ints(3)]),
  tlsExport: onConnection((w) => [text(w), w.values.bytes(), w.values.chance(0.5), w.values.bytes(1)]),
};

export const calls = { ...sockets, ...descriptors, ...waiting, ...tls };
