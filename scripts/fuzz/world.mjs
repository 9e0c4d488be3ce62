/**
 * What the fuzzer's calls are made on: descriptors, pollers, lookups, contexts, connections. All are its own,
 * so nothing that it closes or writes to belongs to Node, and nothing it sends leaves the machine.
 */
import { mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CERTIFICATES = fileURLToPath(new URL('../../test/support/certificates/', import.meta.url));
const LIVE_MAX = 24;
/** `what` of tlsBytes, as in src/kernel/native-tls.ts. */
const SESSION = 3;

/** Live numbers of one kind; the oldest is closed when there are too many. */
class Pool {
  constructor(close) {
    this.numbers = [];
    this.close = close;
  }

  add(number) {
    if (!(number >= 0) || this.numbers.includes(number)) return;
    this.numbers.push(number);
    if (this.numbers.length > LIVE_MAX) this.close(this.numbers.shift());
  }

  remove(number) {
    const at = this.numbers.indexOf(number);
    if (at >= 0) this.numbers.splice(at, 1);
  }
}

function inetRecord(constants, port) {
  const record = new Uint8Array(264);
  const view = new DataView(record.buffer);
  view.setUint32(0, 16, true);
  view.setInt32(4, constants.AF_INET, true);
  view.setUint32(8, port, true);
  record.set([127, 0, 0, 1], 12);
  return [record, 16];
}

export class World {
  constructor(addon, values) {
    this.addon = addon;
    this.values = values;
    const { constants } = addon;
    this.constants = constants;
    this.fds = new Pool((fd) => addon.close(fd));
    this.listeners = new Pool((fd) => {
      this.fds.remove(fd);
      addon.close(fd);
    });
    this.pollers = new Pool((handle) => addon.pollerClose(handle));
    this.lookups = new Pool((handle) => addon.lookupsClose(handle));
    this.contexts = new Pool((handle) => addon.tlsContextClose(handle));
    this.connections = new Pool((handle) => addon.tlsClose(handle));
    /** Shared words of open wake-ups, with their descriptors. */
    this.wakeups = [];
    this.folder = mkdtempSync(join(tmpdir(), 'selectloop-fuzz-'));
    // Random paths of unix sockets are relative ones.
    process.chdir(this.folder);
    const path = join(this.folder, 'file');
    writeFileSync(path, Buffer.alloc(50_000, 7));
    this.file = openSync(path, 'r');
    this.pem = {
      certificate: readFileSync(join(CERTIFICATES, 'server.pem')),
      key: readFileSync(join(CERTIFICATES, 'server-key.pem')),
      authority: readFileSync(join(CERTIFICATES, 'ca.pem')),
      revoked: readFileSync(join(CERTIFICATES, 'crl.pem')),
    };
    /** A session of an earlier connection, to be resumed. */
    this.session = null;
    this.replenish();
  }

  /** Sees to it that there is something to work on. */
  replenish() {
    const { addon, constants } = this;
    const out = new Int32Array(2);
    while (this.fds.numbers.length < 8) {
      const type = this.values.chance(0.5) ? constants.SOCK_STREAM : constants.SOCK_DGRAM;
      if (addon.socketpair(constants.AF_UNIX, type, 0, out) < 0) return;
      this.fds.add(out[0]);
      this.fds.add(out[1]);
    }
    if (this.listeners.numbers.length === 0) this.openInet();
    if (this.pollers.numbers.length === 0) this.pollers.add(addon.pollerOpen(addon.pollerKinds()[0]));
    if (this.lookups.numbers.length === 0) this.lookups.add(addon.lookupsOpen(out));
    if (this.contexts.numbers.length < 2) this.contexts.add(this.newContext());
    if (this.connections.numbers.length < 2) this.connectTls();
  }

  /** A listener on the loopback interface with a client, and two datagram sockets there. */
  openInet() {
    const { addon, constants } = this;
    const record = new Uint8Array(264);
    const [any, anySize] = inetRecord(constants, 0);
    for (const type of [constants.SOCK_STREAM, constants.SOCK_DGRAM]) {
      const ends = [0, 1].map(() => addon.socket(constants.AF_INET, type, 0));
      if (ends.some((end) => end < 0) || addon.bind(ends[0], any, anySize) < 0) return;
      for (const end of ends) this.fds.add(end);
      addon.getsockname(ends[0], record);
      this.inet = record.slice();
      if (type === constants.SOCK_STREAM) {
        addon.listen(ends[0], 8);
        this.listeners.add(ends[0]);
        addon.connect(ends[1], record, 16);
      }
    }
  }

  newContext() {
    const { addon, pem } = this;
    const context = addon.tlsContextOpen();
    addon.tlsContextUseCertificate(context, pem.certificate);
    addon.tlsContextUsePrivateKey(context, pem.key, new Uint8Array(0));
    return context;
  }

  /** Two connections that have shaken hands in memory, or are somewhere in the middle of it. */
  connectTls() {
    const { addon, values } = this;
    const context = this.contexts.numbers[0];
    if (context === undefined) return;
    const ends = [addon.tlsOpen(context, false, 0), addon.tlsOpen(context, true, 0)];
    const out = new Uint8Array(20_000);
    const rounds = values.chance(0.8) ? 6 : values.int(6);
    for (let i = 0; i < 2 * rounds; i++) {
      const [from, to] = [ends[i % 2], ends[(i + 1) % 2]];
      addon.tlsHandshake(from);
      const size = addon.tlsDrain(from, out, 0, out.length);
      if (size > 0) addon.tlsFeed(to, out, 0, size);
    }
    // The client's tickets come with the first read.
    addon.tlsRead(ends[0], out, 0, out.length);
    const size = addon.tlsBytes(ends[0], SESSION, 0, out);
    if (size > 0) this.session = out.slice(0, size);
    for (const end of ends) this.connections.add(end);
  }

  /** A descriptor of ours; now and then a number that is nobody's. */
  fd() {
    const { values } = this;
    if (values.chance(0.05)) return values.oddNumber();
    return values.pick(this.fds.numbers) ?? -1;
  }

  handle(pool) {
    const { values } = this;
    if (values.chance(0.1)) return values.oddNumber();
    return values.pick(pool.numbers) ?? -1;
  }

  /** A record of a loopback address, of a path in our folder, or one that contradicts itself. */
  address() {
    const { values, constants } = this;
    const record = new Uint8Array(264);
    const view = new DataView(record.buffer);
    const put = (size, family) => {
      view.setUint32(0, size, true);
      view.setInt32(4, family, true);
      return [record, size];
    };
    switch (values.int(6)) {
      case 0:
        return [this.inet?.slice() ?? record, 16];
      case 5:
        record.set([127, 0, 0, 1 + values.int(3)], 12);
        if (values.chance(0.5)) view.setUint32(8, 20_000 + values.int(100), true);
        return put(16, constants.AF_INET);
      case 1:
        record[35] = 1;
        return put(36, constants.AF_INET6);
      case 2: {
        const path = Buffer.from(join(this.folder, `s${values.int(20)}`));
        record.set(path, 8);
        return put(8 + path.length, constants.AF_UNIX);
      }
      case 3:
        for (let i = values.int(200); i >= 0; i--) record[8 + i] = values.int(256);
        return put(values.int(300), values.pick([constants.AF_UNIX, 0, 9999]));
      default:
        return [values.bytes(), values.chance(0.5) ? values.int(300) : values.oddNumber()];
    }
  }

  close() {
    for (const pool of [this.connections, this.contexts, this.lookups, this.pollers, this.fds]) {
      for (const number of pool.numbers) pool.close(number);
    }
    for (const { state } of this.wakeups) this.addon.wakeupClose(state);
  }
}
