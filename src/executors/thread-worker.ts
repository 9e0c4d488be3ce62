/**
 * The parent's end of a worker thread. It starts the thread, talks to it and notices its end, all while the
 * parent is blocked in `select()`.
 *
 * Node tells a parent of a thread's end through the parent's event loop. So the end is the end of a stream
 * here: the thread holds the write end of a pipe for as long as it lives (native/thread/thread-end.cc).
 * Messages wait in a port, from which the parent takes them when the wake-up says so.
 */

import type { MessagePort, Worker, WorkerOptions } from 'node:worker_threads';
import { nodeModules } from '../base/node-modules.ts';
import { addonExpression } from '../kernel/addon.ts';
import { defaultKernel } from '../kernel/default-kernel.ts';
import { READABLE, type Wakeup } from '../kernel/kernel.ts';
import { check } from '../kernel/os-error.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import type { TimerHandle } from '../loop/timer-handle.ts';
import { DescriptorWatch } from './descriptor-watch.ts';
import type { CallMessage, LoopReply, WorkerMessage } from './messages.ts';
import { EXITING, UNCAUGHT } from './messages.ts';
import { CALLS, CLAIM, REPLIES, type ThreadData, WORD_COUNT } from './thread-program.ts';
import { decodeError } from './transported-errors.ts';
import { typescriptApi } from './typescript-loader.ts';
import type { WorkerLink, WorkerListener } from './worker-link.ts';

/** How a pool's threads are started. */
export interface ThreadOptions {
  /**
   * V8's limits for each thread: `maxOldGenerationSizeMb` and others, as `node:worker_threads` takes them.
   */
  readonly resourceLimits?: WorkerOptions['resourceLimits'];
  /** Environment variables of the threads; by default a copy of this thread's. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** Options of `node` for the threads; by default those of this process. */
  readonly execArgv?: readonly string[] | undefined;
}

/** What a thread runs. */
export interface ThreadProgram {
  /** The text: see `workerSource`. */
  source(addonExpression: string): string;
  /** What it is given besides {@link ThreadData}. */
  readonly data?: object | undefined;
}

/**
 * A thread that has not said a word after this time never will: its preloaded modules failed, or there was no
 * memory for it. It could say so to Node's event loop only. On an overloaded machine a thread took 2 s to
 * start.
 */
const START_TIMEOUT_MS = 60_000;

/** Threads that have not ended. Their shared memory must not be collected before them. */
const living = new Set<ThreadWorker>();

export class ThreadWorker implements WorkerLink {
  readonly name: string;
  private readonly worker: Worker;
  private readonly listener: WorkerListener;
  private readonly port: MessagePort;
  private readonly replyPort: MessagePort;
  private readonly words = new Int32Array(new SharedArrayBuffer(WORD_COUNT * Int32Array.BYTES_PER_ELEMENT));
  private readonly wakeup: Wakeup;
  private readonly wakeWatch: DescriptorWatch;
  private readonly endWatch: DescriptorWatch;
  private readonly endFd: number;
  private readonly claimFd: number;
  private reason = 'ended without a word: it was terminated, or out of memory';
  private hasStarted = false;
  private startTimer: TimerHandle | null = null;
  private isEnded = false;

  /** @throws OSError EMFILE; what Node has against the options or the data. Then nothing is left open. */
  constructor(name: string, listener: WorkerListener, options: ThreadOptions, program: ThreadProgram) {
    this.name = name;
    this.listener = listener;
    const opened: (() => void)[] = [];
    try {
      const { MessageChannel, Worker } = nodeModules.workerThreads;
      const kernel = defaultKernel();
      const ends = new Int32Array(2);
      check(kernel.fds.pipe(ends), 'pipe');
      [this.endFd, this.claimFd] = ends as unknown as [number, number];
      for (const fd of ends) opened.push(() => kernel.fds.close(fd));
      // The thread closes it.
      kernel.fds.release(this.claimFd);
      this.wakeup = kernel.openWakeup();
      opened.push(() => this.wakeup.close());
      const calls = new MessageChannel();
      const replies = new MessageChannel();
      this.port = calls.port1;
      this.replyPort = replies.port1;
      for (const port of [calls.port1, replies.port1]) opened.push(() => port.close());
      const data: ThreadData = {
        port: calls.port2,
        replyPort: replies.port2,
        words: this.words,
        wake: this.wakeup.handle,
        endFd: this.claimFd,
        typescriptApi: typescriptApi(),
        ...program.data,
      };
      this.worker = new Worker(program.source(addonExpression()), {
        eval: true,
        name,
        workerData: data,
        transferList: [calls.port2, replies.port2],
        stdin: false,
        ...workerOptions(options),
      });
    } catch (error) {
      for (const close of opened) close();
      throw error;
    }
    // An error is reported through the channel. Here it would end the program, if its event loop turns.
    this.worker.on('error', () => {});
    this.worker.unref();
    living.add(this);
    const mayWake = (): boolean => listener.mayWake();
    const takeMessages = (): void => this.takeMessages();
    this.wakeWatch = new DescriptorWatch(this.wakeup.fd, takeMessages, `messages of ${name}`, mayWake);
    this.endWatch = new DescriptorWatch(this.endFd, () => this.noteEnd(), `the end of ${name}`, mayWake);
  }

  attach(loop: LoopCore): void {
    if (this.isEnded) return;
    this.wakeWatch.attach(loop);
    this.endWatch.attach(loop);
    if (!this.hasStarted) this.startTimer ??= loop.callLater(START_TIMEOUT_MS, () => this.giveUp());
  }

  detach(): void {
    this.wakeWatch.detach();
    this.endWatch.detach();
    this.startTimer?.cancel();
    this.startTimer = null;
  }

  send(message: CallMessage, transfer: readonly object[]): void {
    this.post(message, transfer);
    this.signal(CALLS);
  }

  /** Puts a message into its port, and does not wake it. */
  post(message: unknown, transfer: readonly object[]): void {
    this.port.postMessage(message, transfer as ArrayBuffer[]);
  }

  reply(reply: LoopReply): void {
    this.replyPort.postMessage(reply);
    this.signal(REPLIES);
  }

  stop(): void {
    this.post(null, []);
    this.signal(CALLS);
  }

  kill(): void {
    void this.worker.terminate();
    // One that has not begun to run takes nothing any more.
    if (Atomics.compareExchange(this.words, CLAIM, 0, 2) === 0) defaultKernel().fds.close(this.claimFd);
  }

  waitEnd(timeoutMs: number): boolean {
    if (this.isEnded) return true;
    const kernel = defaultKernel();
    const deadlineMs = kernel.nowMs() + timeoutMs;
    let ready = 0;
    for (let leftMs = timeoutMs; ready === 0 && leftMs >= 0; leftMs = deadlineMs - kernel.nowMs())
      ready = kernel.fds.waitReady(this.endFd, READABLE, leftMs);
    if (ready > 0) this.release();
    return this.isEnded;
  }

  describe(): string {
    return this.name;
  }

  private signal(word: number): void {
    Atomics.add(this.words, word, 1);
    Atomics.notify(this.words, word);
  }

  private takeMessages(): void {
    const { receiveMessageOnPort } = nodeModules.workerThreads;
    // Drained before looking: a wake that comes meanwhile makes the descriptor readable again.
    this.wakeup.drain();
    for (;;) {
      const received = receiveMessageOnPort(this.port);
      if (received === undefined) return;
      const message = received.message as WorkerMessage;
      this.noteStart();
      if (message[0] === EXITING) this.noteReason(`ended with exit code ${message[1]}`);
      if (message[0] === UNCAUGHT) this.noteReason(`died of an error: ${decodeError(message[2], new Map())}`);
      this.listener.received(message);
      if (this.isEnded) return;
    }
  }

  private noteStart(): void {
    this.hasStarted = true;
    this.startTimer?.cancel();
    this.startTimer = null;
  }

  private noteReason(reason: string): void {
    // The first word is the most telling: an error before the exit code it causes.
    if (this.reason.startsWith('ended without')) this.reason = reason;
  }

  private noteEnd(): void {
    this.takeMessages();
    this.release();
    this.listener.ended(this.reason);
  }

  private giveUp(): void {
    if (this.hasStarted || this.isEnded) return;
    this.reason = `did not start within ${START_TIMEOUT_MS} ms`;
    this.kill();
  }

  private release(): void {
    if (this.isEnded) return;
    this.isEnded = true;
    living.delete(this);
    this.detach();
    this.wakeup.close();
    defaultKernel().fds.close(this.endFd);
    this.port.close();
    this.replyPort.close();
  }
}

function workerOptions(options: ThreadOptions): WorkerOptions {
  return {
    ...(options.resourceLimits === undefined ? {} : { resourceLimits: options.resourceLimits }),
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(options.execArgv === undefined ? {} : { execArgv: [...options.execArgv] }),
  };
}
