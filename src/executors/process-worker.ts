/**
 * The parent's end of a worker process: a socket pair for the messages, and the end of the process as a
 * readable descriptor.
 */

import { constants } from 'node:os';
import * as v8 from 'node:v8';
import { defaultKernel } from '../kernel/default-kernel.ts';
import { EAGAIN } from '../kernel/errno.ts';
import { READABLE } from '../kernel/kernel.ts';
import { check, osError } from '../kernel/os-error.ts';
import { STDIO_INHERIT, STDIO_NULL } from '../kernel/process-calls.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { encodeSpawnRequest } from '../subprocess/spawn-request.ts';
import { DescriptorWatch } from './descriptor-watch.ts';
import { type CallMessage, EXITING, type LoopReply, UNCAUGHT, type WorkerMessage } from './messages.ts';
import { HEADER_BYTE_COUNT, type ProcessMessage, processSource, readMessage } from './process-program.ts';
import { decodeError } from './transported-errors.ts';
import type { WorkerLink, WorkerListener } from './worker-link.ts';

/** How a pool's processes are started. */
export interface WorkerProcessOptions {
  /** Environment variables of the processes; by default this process's. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** Options of `node` for the processes; by default those of this process. */
  readonly execArgv?: readonly string[] | undefined;
}

const READ_BYTE_COUNT = 64 * 1024;

/** Processes that have not ended: none of them outlives this one, however it exits. */
const living = new Set<ProcessWorker>();

export class ProcessWorker implements WorkerLink {
  readonly name: string;
  private readonly listener: WorkerListener;
  private readonly pid: number;
  private readonly fd: number;
  private readonly endFd: number;
  private readonly messageWatch: DescriptorWatch;
  private readonly writeWatch: DescriptorWatch;
  private readonly endWatch: DescriptorWatch;
  private loop: LoopCore | null = null;
  private readonly buffer = Buffer.allocUnsafe(READ_BYTE_COUNT);
  private received: Buffer[] = [];
  private receivedByteCount = 0;
  private unsent: Buffer[] = [];
  private reason: string | null = null;
  private isEnded = false;

  /** @throws OSError EMFILE, EAGAIN for want of processes */
  constructor(name: string, listener: WorkerListener, options: WorkerProcessOptions) {
    this.name = name;
    this.listener = listener;
    const { fds, sockets, constants: numbers } = defaultKernel();
    const pair = new Int32Array(2);
    check(
      sockets.socketpair(numbers.AF_UNIX as number, numbers.SOCK_STREAM as number, 0, pair),
      'socketpair',
    );
    const [mine, theirs] = pair as unknown as [number, number];
    this.fd = mine;
    try {
      fds.setNonblocking(theirs, false);
      [this.pid, this.endFd] = spawnNode(theirs, options);
    } catch (error) {
      fds.close(mine);
      throw error;
    } finally {
      fds.close(theirs);
    }
    if (living.size === 0) process.once('exit', killAll);
    living.add(this);
    const mayWake = (): boolean => listener.mayWake();
    this.messageWatch = new DescriptorWatch(mine, () => this.takeMessages(), `messages of ${name}`, mayWake);
    this.writeWatch = new DescriptorWatch(mine, () => this.flush(), `messages to ${name}`, mayWake, 'write');
    this.endWatch = new DescriptorWatch(this.endFd, () => this.noteEnd(), `the end of ${name}`, mayWake);
  }

  attach(loop: LoopCore): void {
    if (this.isEnded) return;
    this.loop = loop;
    this.messageWatch.attach(loop);
    this.endWatch.attach(loop);
    if (this.unsent.length > 0) this.writeWatch.attach(loop);
  }

  detach(): void {
    this.loop = null;
    this.messageWatch.detach();
    this.endWatch.detach();
    this.writeWatch.detach();
  }

  /** Nothing moves to another process: what would is copied. */
  send(message: CallMessage): void {
    this.write(['call', message]);
  }

  reply(reply: LoopReply): void {
    this.write(['reply', reply]);
  }

  stop(): void {
    this.write(['call', null]);
  }

  kill(): void {
    if (!this.isEnded) defaultKernel().processes.kill(this.pid, constants.signals.SIGKILL);
  }

  waitEnd(timeoutMs: number): boolean {
    if (!this.isEnded && defaultKernel().fds.waitReady(this.endFd, READABLE, timeoutMs) > 0) this.release();
    return this.isEnded;
  }

  describe(): string {
    return this.name;
  }

  private write(message: ProcessMessage): void {
    const body = v8.serialize(message);
    if (this.isEnded) return;
    const frame = Buffer.allocUnsafe(HEADER_BYTE_COUNT + body.length);
    frame.writeUInt32LE(body.length, 0);
    frame.set(body, HEADER_BYTE_COUNT);
    this.unsent.push(frame);
    this.flush();
  }

  private flush(): void {
    const { sockets } = defaultKernel();
    for (let frame = this.unsent[0]; frame !== undefined; frame = this.unsent[0]) {
      const byteCount = sockets.send(this.fd, frame, 0, frame.length, 0);
      if (byteCount === -EAGAIN) {
        if (this.loop !== null) this.writeWatch.attach(this.loop);
        return;
      }
      // One that is gone takes nothing any more; its end is on its way.
      if (byteCount < 0) this.unsent = [];
      else if (byteCount === frame.length) this.unsent.shift();
      else this.unsent[0] = frame.subarray(byteCount);
    }
    this.writeWatch.detach();
  }

  private takeMessages(): void {
    const { sockets } = defaultKernel();
    for (;;) {
      const byteCount = sockets.recv(this.fd, this.buffer, 0, READ_BYTE_COUNT, 0);
      if (byteCount <= 0) {
        // The end of the stream comes before that of the process, which is the one that counts.
        if (byteCount !== -EAGAIN) this.messageWatch.detach();
        return;
      }
      this.received.push(Buffer.from(this.buffer.subarray(0, byteCount)));
      this.receivedByteCount += byteCount;
      this.takeFrames();
      if (byteCount < READ_BYTE_COUNT) return;
    }
  }

  /** Hands on the messages that are complete. Pieces are joined once for each message, not for each piece. */
  private takeFrames(): void {
    for (;;) {
      if (this.receivedByteCount < HEADER_BYTE_COUNT) return;
      if ((this.received[0] as Buffer).length < HEADER_BYTE_COUNT)
        this.received = [Buffer.concat(this.received)];
      const bodyByteCount = (this.received[0] as Buffer).readUInt32LE(0);
      const frameByteCount = HEADER_BYTE_COUNT + bodyByteCount;
      if (this.receivedByteCount < frameByteCount) return;
      const all = this.received.length === 1 ? (this.received[0] as Buffer) : Buffer.concat(this.received);
      this.received = [all.subarray(frameByteCount)];
      this.receivedByteCount -= frameByteCount;
      this.hear(readMessage(v8, all.subarray(HEADER_BYTE_COUNT, frameByteCount)) as WorkerMessage);
    }
  }

  private hear(message: WorkerMessage): void {
    if (message[0] === EXITING) this.reason ??= `ended with exit code ${message[1]}`;
    else if (message[0] === UNCAUGHT)
      this.reason ??= `died of an error: ${decodeError(message[2], new Map())}`;
    this.listener.received(message);
  }

  private noteEnd(): void {
    if (this.isEnded) return;
    this.takeMessages();
    const ending = this.release();
    this.listener.ended(this.reason ?? ending);
  }

  /** Reaps it, and lets go of its descriptors. Returns how it ended. */
  private release(): string {
    const { fds, processes } = defaultKernel();
    const out = new Int32Array(1);
    const result = processes.reap(this.pid, out);
    if (result === 0) return 'is still running';
    this.isEnded = true;
    living.delete(this);
    if (living.size === 0) process.off('exit', killAll);
    this.detach();
    fds.close(this.fd);
    fds.close(this.endFd);
    const [code = 0] = out;
    if (result < 0) return 'was reaped by somebody else';
    return code >= 0 ? `ended with exit code ${code}` : `was killed by ${signalName(-code)}`;
  }
}

function signalName(signum: number): string {
  return Object.entries(constants.signals).find(([, value]) => value === signum)?.[0] ?? `signal ${signum}`;
}

function killAll(): void {
  for (const worker of living) worker.kill();
}

/** Why there is no node to be started as a worker; `null` where there is. */
function refusalOf(): string | null {
  if (isSingleExecutable())
    return 'this program is a single executable, which would be started again in place of node';
  return 'Deno' in globalThis ? 'the command of Deno runs no program that is an argument' : null;
}

/** Starts node with the program of a worker. Ctrl-C is for this process only: it ends the others. */
function spawnNode(fd: number, options: WorkerProcessOptions): [pid: number, endFd: number] {
  const refusal = refusalOf();
  if (refusal !== null) throw new Error(`ProcessPoolExecutor: ${refusal}. Use a ThreadPoolExecutor.`);
  const env = options.env ?? process.env;
  const environment = Object.entries(env).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${value}`],
  );
  const { text, numbers, limits } = encodeSpawnRequest({
    executables: [process.execPath],
    args: [process.execPath, ...(options.execArgv ?? inheritedOptions()), '-e', processSource(fd)],
    environment,
    cwd: null,
    stdio: [STDIO_NULL, STDIO_INHERIT, STDIO_INHERIT],
    newSession: false,
    restoreSignals: true,
    processGroup: 0,
    uid: null,
    gid: null,
    groups: null,
    umask: null,
    passFds: [fd],
    limits: [],
    terminal: null,
    watchByThread: false,
  });
  const out = new Int32Array(5);
  const pid = defaultKernel().processes.spawn(text, numbers, limits, out);
  if (pid < 0) throw osError(pid, 'spawn', process.execPath);
  return [pid, out[0] as number];
}

/** This process's options of node, without its program and its debugger's port. */
function inheritedOptions(): string[] {
  const kept: string[] = [];
  for (let i = 0; i < process.execArgv.length; i++) {
    const option = process.execArgv[i] as string;
    if (/^(-e|-p|-pe|--eval|--print)$/.test(option)) i++;
    else if (!/^(--inspect|--eval=|--print=|--test$|--watch)/.test(option)) kept.push(option);
  }
  return kept;
}

/** Node's own answer; other runtimes may not have the module. */
function isSingleExecutable(): boolean {
  const sea = process.getBuiltinModule('node:sea') as typeof import('node:sea') | undefined;
  return sea?.isSea() === true;
}
