/**
 * Races between tasks, going wrong and then right. One thread, one task at a time, and races all the same: whatever was true
 * before a `yield*` need not be true after it.
 *
 *     npm run example -- races
 */

import { fileURLToPath } from 'node:url';
import { type Coroutine, Event, gather, isCancelled, Lock, print, runMain, sleep } from 'selectloop';
import { commandLine } from '../command-line.ts';

/** A way to run something: at once, or when its turn comes. */
type Guard = <T>(body: () => Coroutine<T>) => Coroutine<T>;

const unguarded: Guard = (body) => body();

const guardedBy =
  (lock: Lock): Guard =>
  (body) =>
    lock.with(body);

/** Ten deposits of 1, each of which reads the balance, waits for something, and writes what it has added up. */
export function* balanceAfterDeposits(guard: Guard): Coroutine<number> {
  let balance = 0;
  const deposit = function* (): Coroutine<void> {
    const before = balance;
    yield* sleep(1); // Here others read the same balance.
    balance = before + 1;
  };
  yield* gather(Array.from({ length: 10 }, () => guard(deposit)));
  return balance;
}

/** Five customers who each look whether there is a ticket, pay, and take it. There are two. */
export function* ticketsSold(guard: Guard): Coroutine<{ sold: number; left: number }> {
  let left = 2;
  let sold = 0;
  const buy = function* (): Coroutine<void> {
    if (left === 0) return;
    yield* sleep(5); // Paying takes time, and the last ticket does not wait.
    left--;
    sold++;
  };
  yield* gather(Array.from({ length: 5 }, () => guard(buy)));
  return { sold, left };
}

/** Three tasks that need a configuration, which is slow to load and is to be loaded once. */
export function* loadsOfConfiguration(isShared: boolean): Coroutine<number> {
  let loads = 0;
  let configuration: string | null = null;
  let loaded: Event | null = null;
  const load = function* (): Coroutine<string> {
    loads++;
    return yield* sleep(10, 'colour=red');
  };
  const use = function* (): Coroutine<void> {
    if (configuration !== null) return;
    if (isShared && loaded !== null) {
      yield* loaded.wait();
      return;
    }
    loaded = new Event(); // From here on, before any `yield*`, everybody knows that it is being loaded.
    configuration = yield* load();
    loaded.set();
  };
  yield* gather([use(), use(), use()]);
  return loads;
}

/** Two transfers that lock the same two accounts. In the order of the accounts that is well, else they wait for each other. */
export function* transfers(inOrder: boolean): Coroutine<string> {
  const accounts = [new Lock(), new Lock()];
  const transfer = function* (from: number, to: number): Coroutine<void> {
    const [one, other] = inOrder ? [Math.min(from, to), Math.max(from, to)] : [from, to];
    yield* (accounts[one] as Lock).with(function* () {
      yield* sleep(1);
      yield* (accounts[other] as Lock).with(() => sleep(1));
    });
  };
  try {
    yield* gather([transfer(0, 1), transfer(1, 0)]);
    return 'both done';
  } catch (error) {
    if (isCancelled(error)) throw error;
    // The loop sees the circle as it closes, and says so instead of hanging.
    return (error as Error).name;
  }
}

function* main(): Coroutine<void> {
  const lock = new Lock();
  print('wrong');
  print(`  ten deposits of 1: ${yield* balanceAfterDeposits(unguarded)}`);
  const wrong = yield* ticketsSold(unguarded);
  print(`  two tickets, five customers: ${wrong.sold} sold, ${wrong.left} left`);
  print(`  a configuration for three: loaded ${yield* loadsOfConfiguration(false)} times`);
  print(`  two locks, in any order: ${yield* transfers(false)}`);
  print('right');
  print(`  ten deposits of 1: ${yield* balanceAfterDeposits(guardedBy(lock))}`);
  const right = yield* ticketsSold(guardedBy(lock));
  print(`  two tickets, five customers: ${right.sold} sold, ${right.left} left`);
  print(`  a configuration for three: loaded ${yield* loadsOfConfiguration(true)} time`);
  print(`  two locks, in one order: ${yield* transfers(true)}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  commandLine('races', {});
  runMain(main);
}
