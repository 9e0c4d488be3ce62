/**
 * Pipes, sockets and files for the contract tests, straight from the kernel, each closed at the end of its
 * test.
 */
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ADDRESS_RECORD_BYTES, encodeAddress, recordByteCount } from '../../src/addresses/address.ts';
import { defaultKernel } from '../../src/kernel/default-kernel.ts';
import { EAGAIN, EINPROGRESS } from '../../src/kernel/errno.ts';
import { type Kernel, type Poller, type PollerKind, READABLE, WRITABLE } from '../../src/kernel/kernel.ts';
import { check } from '../../src/kernel/os-error.ts';
import { onTeardown } from '../support/teardown.ts';

export const kernel: Kernel = defaultKernel();

/**
 * kqueue on Linux is libkqueue, which rests on epoll. It reports 512 events per call at most, takes a
 * socket's error away to look at it, watches open files as epoll does, and its descriptor cannot be polled.
 * Tests of these leave it out.
 */
export const isEmulated = (kind: PollerKind): boolean => kind === 'kqueue' && process.platform === 'linux';

// What a poller opens once per process is not a leak of the first test.
for (const kind of kernel.pollerKinds) kernel.openPoller(kind).close();

/** How long a test waits for what should happen at once. */
export const PATIENCE_MS = 5000;

const CHUNK = new Uint8Array(4096);
const scratch = new Uint8Array(65_536);

/** A constant of the platform that every platform has. */
export function constant(name: string): number {
  const value = kernel.constants[name];
  if (value === undefined) throw new Error(`this platform has no ${name}`);
  return value;
}

/** What one test has open. */
export class OsObjects {
  readonly #open = new Set<number>();
  /** Node keeps account of what fs opened in a worker, and closes it again when that ends. */
  readonly #openByFs = new Set<number>();
  readonly #folders: string[] = [];

  /** Closed with the others from now on. */
  keep(fd: number): number {
    this.#open.add(fd);
    return fd;
  }

  close(fd: number): void {
    this.#open.delete(fd);
    check(kernel.fds.close(fd), 'close', fd);
  }

  closeAll(): void {
    for (const fd of this.#open) this.close(fd);
    for (const fd of this.#openByFs) closeSync(fd);
    for (const folder of this.#folders.splice(0)) rmSync(folder, { recursive: true });
  }

  dup(fd: number): number {
    return this.keep(check(kernel.fds.dup(fd), 'dup', fd));
  }

  /** The end to read from and the end to write to. */
  pipe(): [reader: number, writer: number] {
    return this.#pair((out) => kernel.fds.pipe(out));
  }

  /** Two connected unix stream sockets. */
  socketpair(): [number, number] {
    const [family, type] = [constant('AF_UNIX'), constant('SOCK_STREAM')];
    return this.#pair((out) => kernel.sockets.socketpair(family, type, 0, out));
  }

  /** A connection over loopback, with small buffers so that it fills at once. */
  tcpPair(): [client: number, server: number] {
    const [listener, address] = this.listener();
    const client = this.tcpSocket();
    this.connect(client, address);
    if (kernel.fds.waitReady(listener, READABLE, PATIENCE_MS) !== READABLE)
      throw new Error('no connection came');
    const server = this.keep(
      check(kernel.sockets.accept(listener, new Uint8Array(ADDRESS_RECORD_BYTES)), 'accept'),
    );
    if (kernel.fds.waitReady(client, WRITABLE, PATIENCE_MS) !== WRITABLE) throw new Error('not connected');
    this.close(listener);
    return [client, server];
  }

  tcpSocket(): number {
    const fd = check(kernel.sockets.socket(constant('AF_INET'), constant('SOCK_STREAM'), 0), 'socket');
    for (const option of ['SO_SNDBUF', 'SO_RCVBUF']) {
      check(
        kernel.sockets.setsockoptInt(fd, constant('SOL_SOCKET'), constant(option), 8192),
        'setsockopt',
        fd,
      );
    }
    return this.keep(fd);
  }

  /** A listening socket and its address record. */
  listener(): [fd: number, address: Uint8Array] {
    const fd = this.tcpSocket();
    const record = new Uint8Array(ADDRESS_RECORD_BYTES);
    const byteCount = encodeAddress(kernel.constants, 'bind', constant('AF_INET'), ['127.0.0.1', 0], record);
    check(kernel.sockets.bind(fd, record, byteCount), 'bind', fd);
    check(kernel.sockets.listen(fd, 8), 'listen', fd);
    check(kernel.sockets.getsockname(fd, record), 'getsockname', fd);
    return [fd, record];
  }

  /** Begins a connection: 0, or `-errno` for any answer but "under way". */
  connect(fd: number, address: Uint8Array): number {
    const result = kernel.sockets.connect(fd, address, recordByteCount(address));
    return result === -EINPROGRESS ? 0 : result;
  }

  /** Closes a connection with a reset instead of an orderly end. */
  reset(fd: number): void {
    const linger = new Uint8Array(new Int32Array([1, 0]).buffer);
    check(
      kernel.sockets.setsockoptBytes(fd, constant('SOL_SOCKET'), constant('SO_LINGER'), linger),
      'setsockopt',
    );
    this.close(fd);
  }

  openPath(path: string, flags: string): number {
    const fd = openSync(path, flags);
    this.#openByFs.add(fd);
    return fd;
  }

  /** A regular file, open for reading and writing. */
  file(): number {
    const folder = this.#folder();
    const path = join(folder, 'file');
    writeFileSync(path, 'text');
    return this.openPath(path, 'r+');
  }

  directory(): number {
    return this.openPath(this.#folder(), 'r');
  }

  /** Writes one byte. */
  write(fd: number): number {
    return kernel.fds.write(fd, CHUNK, 0, 1);
  }

  /**
   * Writes until there is no room, and none has come by itself for `quietMs`: TCP moves bytes on after it has
   * refused the next one, and its peer may acknowledge them 40 ms late.
   */
  fill(fd: number, quietMs = 0): void {
    do this.#fillOnce(fd);
    while (kernel.fds.waitReady(fd, WRITABLE, quietMs) !== 0);
  }

  /** Reads all there is; what ended it: 0 at the end of the stream, else `-errno`. */
  drain(fd: number): number {
    let result = 1;
    while (result > 0) result = kernel.fds.read(fd, scratch, 0, scratch.length);
    return result;
  }

  #fillOnce(fd: number): void {
    // Full for a chunk is not yet full for a byte.
    for (const byteCount of [CHUNK.length, 1]) {
      let result = 1;
      while (result > 0) result = kernel.fds.write(fd, CHUNK, 0, byteCount);
      if (result !== -EAGAIN) check(result, 'write', fd);
    }
  }

  #pair(open: (out: Int32Array) => number): [number, number] {
    const out = new Int32Array(2);
    check(open(out), 'open a pair');
    return [this.keep(out[0] as number), this.keep(out[1] as number)];
  }

  #folder(): string {
    const folder = mkdtempSync(join(tmpdir(), 'selectloop-'));
    this.#folders.push(folder);
    return folder;
  }
}

/** For one test. */
export function openOsObjects(): OsObjects {
  const objects = new OsObjects();
  onTeardown(() => objects.closeAll());
  return objects;
}

/** A poller for one test. */
export function openPoller(kind: PollerKind): Poller {
  const poller = kernel.openPoller(kind);
  onTeardown(() => poller.close());
  return poller;
}

/** Milliseconds on the clock that time-outs are measured by. */
export function clockMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Sleeps without a poller. */
export function pause(durationMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, durationMs);
}
