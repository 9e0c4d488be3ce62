/** What comes of a signal that falls when nobody takes it any more. */
import { writeSync } from 'node:fs';
import { type Coroutine, openSignalReceiver, run, sleep } from 'selectloop';

/** Blocks this thread. The signal is there in the meantime. */
function block(delayMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, delayMs);
}

/** A signal that the loop has not read when the receiver closes, or has read and nobody took. */
function closeReceiver(isRead: boolean): void {
  run(function* (): Coroutine<void> {
    const signals = openSignalReceiver('SIGTERM');
    process.kill(process.pid, 'SIGTERM');
    block(20);
    if (isRead) yield* sleep(20);
    signals.close();
    block(20);
  });
}

/** Whoever started it sends a Ctrl-C, and another one when this says so. */
function interrupted(after: () => void): void {
  try {
    run(function* (): Coroutine<void> {
      writeSync(1, 'up\n');
      yield* sleep(60_000);
    });
  } catch (error) {
    writeSync(1, `${(error as Error).name}\n`);
    after();
  }
}

const scenes: Readonly<Record<string, () => void>> = {
  unread: () => closeReceiver(false),
  kept: () => closeReceiver(true),
  relayed() {
    interrupted(() => {
      block(250);
      writeSync(1, 'saved\n');
    });
    process.exit(7);
  },
  own() {
    interrupted(() => process.kill(process.pid, 'SIGINT'));
    block(5000);
  },
  late() {
    interrupted(() => {
      block(400);
      writeSync(1, 'ready\n');
      block(30_000);
    });
  },
};

scenes[process.argv[2] as string]?.();
