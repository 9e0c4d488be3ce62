/** Handles signals that it sends to itself; says what happens. */
import { isMainThread, Worker } from 'node:worker_threads';
import {
  type Coroutine,
  EventLoop,
  getRunningLoop,
  KeyboardInterrupt,
  print,
  Runner,
  run,
  sleep,
} from '../../../../src/index.ts';

const [way] = process.argv.slice(2);
const send = (signal: NodeJS.Signals): void => void process.kill(process.pid, signal);

/** Waits until `isTrue`, for ten seconds at most. */
function* until(isTrue: () => boolean): Coroutine<void> {
  const endMs = getRunningLoop().time() + 10_000;
  while (!isTrue() && getRunningLoop().time() < endMs) yield* sleep(1);
}

/** Several signals, with arguments, some more than once; one that comes while the loop sleeps for long. */
function several(): void {
  const loop = new EventLoop();
  const seen: string[] = [];
  const note = (...words: string[]): void => void seen.push(words.join(' '));
  loop.addSignalHandler('SIGHUP', note, 'hung', 'up');
  loop.addSignalHandler('SIGUSR2', () => note('replaced'));
  loop.addSignalHandler('SIGUSR2', note, 'user');
  send('SIGHUP');
  send('SIGUSR2');
  loop.run(() => until(() => seen.length === 2));
  print(seen.sort().join(', '));
  loop.addSignalHandler('SIGALRM', () => loop.stop());
  loop.callSoon(() => send('SIGALRM'));
  const timer = loop.callLater(60_000, () => loop.stop());
  loop.runForever();
  print(`woken early: ${loop.time() < timer.when()}`);
  loop.close();
}

/** What was there before is there again: after removal, and after the loop was closed. */
function restored(): void {
  process.on('SIGHUP', () => print('listener of Node: SIGHUP'));
  process.on('SIGUSR2', () => print('listener of Node: SIGUSR2'));
  const loop = new EventLoop();
  loop.addSignalHandler('SIGHUP', () => print('ours'));
  loop.addSignalHandler('SIGUSR2', () => print('never'));
  loop.addSignalHandler('SIGTERM', () => print('never'));
  print(`removed: ${loop.removeSignalHandler('SIGHUP')}, again: ${loop.removeSignalHandler('SIGHUP')}`);
  loop.close();
  print(`after close: ${loop.removeSignalHandler('SIGTERM')}`);
  send('SIGHUP');
  send('SIGUSR2');
  setTimeout(() => send('SIGTERM'), 200);
  setTimeout(() => print('SIGTERM did not end it'), 10_000);
}

/** SIGINT taken from run(), and given back to it. */
function sigint(): void {
  const runner = new Runner();
  let count = 0;
  const loop = runner.getLoop();
  runner.run(function* () {
    loop.addSignalHandler('SIGINT', () => count++);
    for (let i = 1; i <= 2; i++) {
      send('SIGINT');
      yield* until(() => count === i);
    }
  });
  print(`between runs it stays: ${count}`);
  try {
    runner.run(function* () {
      send('SIGINT');
      yield* until(() => count === 3);
      print(`taken off: ${loop.removeSignalHandler('SIGINT')}, after ${count}`);
      send('SIGINT');
      yield* sleep(10_000);
    });
  } catch (error) {
    print(`interrupted: ${error instanceof KeyboardInterrupt}`);
  }
  runner.close();
}

function outcome(act: () => unknown): string {
  try {
    return String(act());
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
}

function refused(): void {
  const loop = new EventLoop();
  const nothing = (): void => {};
  for (const signal of ['boom', null, 1.5, 0, -1, 65, 'SIGKILL', 9, 'SIGSEGV'] as never[]) {
    print(outcome(() => loop.addSignalHandler(signal, nothing)));
  }
  for (const signal of ['boom', 0, 65, 'SIGKILL'] as never[]) {
    print(outcome(() => loop.removeSignalHandler(signal)));
  }
  print(outcome(() => loop.addSignalHandler('SIGHUP', function* () {})));
  const other = new EventLoop();
  other.addSignalHandler('SIGHUP', nothing);
  print(outcome(() => loop.addSignalHandler('SIGHUP', nothing)));
  other.close();
  print(outcome(() => loop.addSignalHandler('SIGHUP', nothing)));
  loop.close();
  print(outcome(() => loop.addSignalHandler('SIGHUP', nothing)));
}

function inWorker(): void {
  if (isMainThread) new Worker(new URL(import.meta.url), { argv: [way] });
  else print(run(inWorkersLoop));
}

function* inWorkersLoop(): Coroutine<string> {
  return outcome(() => getRunningLoop().addSignalHandler('SIGHUP', () => {}));
}

const ways: Record<string, () => void> = { several, restored, sigint, refused, inWorker };
ways[way as string]?.();
