/**
 * A thread that looks at the main thread while that is busy: what a loop cannot answer in the middle of a
 * long step, this one does. The inspector of V8 stops the main thread at its next statement, which works in a
 * computation without end, and not within a call into native code.
 *
 * | asked by                      | what it does                                                          |
 * |-------------------------------|-----------------------------------------------------------------------|
 * | the command, at its socket    | tells the stack of the main thread                                    |
 * | a step longer than allowed    | notes the stack, for the report that follows when the step has ended  |
 */

import { rmSync } from 'node:fs';
import type { MessagePort } from 'node:worker_threads';
import { nodeModules } from '../base/node-modules.ts';
import { OUR_FOLDERS } from '../base/package-files.ts';
import type { StackFrame } from '../coroutines/probe.ts';
import { addonExpression } from '../kernel/addon.ts';
import { defaultKernel } from '../kernel/default-kernel.ts';
import type { LoopInstrument } from '../loop/instrument.ts';
import type { LoopCore } from '../loop/loop-core.ts';
import { credentialsOption } from './peer-uid.ts';
import { openInspectionFolder, watchdogSocketPath } from './private-folder.ts';
import { type SlowSample, type WatchdogData, watchdogSource } from './watchdog-program.ts';

/**
 * Shared words: how many beginnings and ends of steps there were, and after how many milliseconds a step is
 * slow.
 */
const STEPS = 0;
const SLOW_MS = 1;
const WORD_COUNT = 2;

class Watchdog {
  private readonly words = new Int32Array(new SharedArrayBuffer(WORD_COUNT * Int32Array.BYTES_PER_ELEMENT));
  private readonly port: MessagePort;
  private lastSample: SlowSample | null = null;

  constructor(socketPath: string | null) {
    const { MessageChannel, Worker } = nodeModules.workerThreads;
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    const data: WatchdogData = {
      socketPath,
      credentials: credentialsOption(defaultKernel()),
      uid: process.getuid?.() ?? 0,
      ownFiles: OUR_FOLDERS,
      words: this.words,
      port: port2,
    };
    const worker = new Worker(watchdogSource(addonExpression()), {
      eval: true,
      name: 'selectloop watchdog',
      workerData: data,
      transferList: [port2],
      // Preloaded modules are the program's: this one needs none.
      execArgv: [],
      stdin: false,
    });
    worker.on('error', () => {});
    worker.unref();
    port1.unref();
  }

  /** Has the steps of a loop in debug mode watched: they alone are reported. */
  watch(loop: LoopCore): void {
    if (!loop.getDebug() || loop.slowPlace !== null) return;
    const mark = (): void => {
      Atomics.add(this.words, STEPS, 1);
    };
    // A step within a step would make the count even: the outer one is what holds the thread.
    let depth = 0;
    const began = (): void => {
      if (depth++ === 0) mark();
    };
    const ended = (): void => {
      if (--depth === 0) mark();
      else if (depth < 0) depth = 0;
    };
    const instrument: LoopInstrument = {
      taskStepBegan: began,
      taskSuspended: ended,
      taskDone: ended,
      callbackBegan: began,
      callbackEnded: ended,
      passBegan: () => {
        depth = 0;
        if (Atomics.load(this.words, STEPS) % 2 !== 0) mark();
        Atomics.store(this.words, SLOW_MS, loop.getDebug() ? Math.ceil(loop.slowCallbackDurationMs) : 0);
      },
    };
    loop.addInstrument(instrument);
    loop.slowPlace = () => this.takeSample();
  }

  /** Where the step that has just ended was slow, innermost frame first; `null` if it was not seen. */
  private takeSample(): readonly StackFrame[] | null {
    const { receiveMessageOnPort } = nodeModules.workerThreads;
    for (let got = receiveMessageOnPort(this.port); got !== undefined; got = receiveMessageOnPort(this.port))
      this.lastSample = got.message as SlowSample;
    const sample = this.lastSample;
    this.lastSample = null;
    // The step has ended: its beginning was the count before.
    if (sample === null || sample.count !== Atomics.load(this.words, STEPS) - 1) return null;
    return sample.frames;
  }
}

let watchdog: Watchdog | null = null;

/**
 * Starts the watchdog of this process, if there is none yet, and has it watch the steps of `loop`.
 * @param listens whether the command may ask it; decided by the first loop
 */
export function startWatchdog(loop: LoopCore, listens: boolean): void {
  watchdog ??= new Watchdog(listens ? ownSocketPath() : null);
  watchdog.watch(loop);
}

function ownSocketPath(): string {
  const path = watchdogSocketPath(openInspectionFolder(), process.pid);
  // Left by a process with the same number that was killed.
  rmSync(path, { force: true });
  process.on('exit', () => rmSync(path, { force: true }));
  return path;
}
