/**
 * Guests of Node's own loop: when a turn comes, what keeps Node alive, and that nothing is left when one
 * ends, however it ends.
 */
import { setImmediate as nextIteration, setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { EBADF, EPERM } from '../../src/kernel/errno.ts';
import { onTeardown } from '../support/teardown.ts';
import { addon, ended, isEmulated, nextMessage, openPair, outputOf, startWorker } from './addon-programs.ts';

const kinds = addon.pollerKinds().filter((kind) => kind !== 'poll' && !isEmulated(kind));

/** A poller with a pipe whose reading end it watches, and a guest that counts its turns. */
function openWorld(kind: string, onTurn: () => void = () => {}) {
  const poller = addon.pollerOpen(kind);
  const [readEnd, writeEnd] = openPair((out) => addon.pipe(out));
  addon.pollerSet(poller, readEnd, 0, 1, 7);
  const world = { poller, readEnd, writeEnd, turns: 0, guest: -1 };
  world.guest = addon.guestOpen(addon.pollerPollableFd(poller), () => {
    world.turns++;
    onTurn();
  });
  expect(world.guest).toBeGreaterThanOrEqual(0);
  onTeardown(async () => {
    addon.guestClose(world.guest);
    await nextIteration();
    addon.pollerClose(poller);
    addon.close(readEnd);
    addon.close(writeEnd);
  });
  return world;
}

const oneByte = Buffer.from('x');

describe.each(kinds)('a guest on %s', (kind) => {
  test('has a turn for as long as its descriptor is readable, one each iteration', async () => {
    const world = openWorld(kind);
    await nextIteration();
    expect(world.turns).toBe(0);
    addon.write(world.writeEnd, oneByte, 0, 1);
    for (let i = 0; i < 5; i++) await nextIteration();
    expect(world.turns).toBeGreaterThanOrEqual(4);
    expect(world.turns).toBeLessThanOrEqual(6);
    addon.read(world.readEnd, Buffer.alloc(1), 0, 1);
    await nextIteration();
    const before = world.turns;
    await pause(20);
    expect(world.turns - before).toBeLessThanOrEqual(1);
  });

  test('has one turn an iteration while work is left, readable or not', async () => {
    const world = openWorld(kind);
    addon.guestPlan(world.guest, 0, true);
    for (let i = 0; i < 10; i++) await nextIteration();
    expect(world.turns).toBeGreaterThanOrEqual(9);
    expect(world.turns).toBeLessThanOrEqual(11);
    addon.write(world.writeEnd, oneByte, 0, 1);
    const before = world.turns;
    for (let i = 0; i < 10; i++) await nextIteration();
    expect(world.turns - before).toBeLessThanOrEqual(11);
    addon.guestPlan(world.guest, -1, true);
    addon.read(world.readEnd, Buffer.alloc(1), 0, 1);
    await nextIteration();
    const after = world.turns;
    await pause(5);
    expect(world.turns - after).toBeLessThanOrEqual(1);
  });

  test('has a turn when the planned time has passed, and never before', async () => {
    let atMs = 0;
    const world = openWorld(kind, () => {
      atMs = performance.now();
    });
    for (const delayMs of [0.4, 3, 12.7]) {
      const startMs = performance.now();
      const before = world.turns;
      addon.guestPlan(world.guest, delayMs, true);
      // Iterations of Node's loop in between must not make it early: libuv's idea of now is old by then.
      while (world.turns === before && performance.now() - startMs < 3000) await nextIteration();
      expect(world.turns).toBe(before + 1);
      expect(atMs - startMs).toBeGreaterThanOrEqual(delayMs);
    }
    await pause(20);
    expect(world.turns).toBe(3);
  });

  test('follows a descriptor that was replaced', async () => {
    const world = openWorld(kind);
    const fresh = addon.pollerOpen(kind);
    onTeardown(() => {
      addon.pollerClose(fresh);
    });
    addon.pollerSet(fresh, world.readEnd, 0, 1, 7);
    expect(addon.guestFollow(world.guest, addon.pollerPollableFd(fresh))).toBe(0);
    addon.pollerClose(world.poller);
    addon.write(world.writeEnd, oneByte, 0, 1);
    for (let i = 0; i < 3; i++) await nextIteration();
    expect(world.turns).toBeGreaterThanOrEqual(1);
  });

  test('may be closed in its own turn, and has none after that', async () => {
    const world = openWorld(kind, () => addon.guestClose(world.guest));
    addon.guestPlan(world.guest, 0, true);
    for (let i = 0; i < 5; i++) await nextIteration();
    expect(world.turns).toBe(1);
    expect(addon.guestClose(world.guest)).toBe(-EBADF);
    expect(addon.guestPlan(world.guest, 0, true)).toBe(-EBADF);
    expect(addon.guestFollow(world.guest, 0)).toBe(-EBADF);
  });

  test('1,000 times opened and closed: the last one works as the first did', async () => {
    for (let i = 0; i < 1000; i++) {
      const poller = addon.pollerOpen(kind);
      const guest = addon.guestOpen(addon.pollerPollableFd(poller), () => {});
      addon.guestPlan(guest, i % 3 === 0 ? 0 : i % 3 === 1 ? 1000 : -1, i % 2 === 0);
      addon.guestClose(guest);
      addon.pollerClose(poller);
      if (i % 50 === 0) await nextIteration();
    }
    const world = openWorld(kind);
    addon.guestPlan(world.guest, 0, true);
    await nextIteration();
    await nextIteration();
    expect(world.turns).toBeGreaterThanOrEqual(1);
  });
});

/** For a program: a guest on the best poller, which writes what happens. */
const GUEST = `
  const poller = addon.pollerOpen(addon.pollerKinds()[0]);
  let turns = 0;
  let onTurn = () => {};
  const guest = addon.guestOpen(addon.pollerPollableFd(poller), () => { turns++; onTurn(); });`;

describe.runIf(kinds.length > 0)('a process with a guest', () => {
  test('lives on for as long as the guest says', () => {
    const output = outputOf(`${GUEST}
      const startMs = performance.now();
      onTurn = () => { addon.guestPlan(guest, -1, false); };
      addon.guestPlan(guest, 50, true);
      process.on('exit', () => console.log(turns, performance.now() - startMs >= 50));`);
    expect(output).toBe('1 true');
  });

  test('ends at once when the guest does not hold it, whatever it has planned', () => {
    const output = outputOf(`${GUEST}
      addon.guestPlan(guest, 60_000, false);
      process.on('exit', () => console.log(turns));`);
    expect(output).toBe('0');
  });

  test('runs microtasks and nextTick after each turn', () => {
    const output = outputOf(`${GUEST}
      const seen = [];
      onTurn = () => {
        seen.push('turn');
        if (turns === 2) { addon.guestClose(guest); console.log(seen.join(' ')); return; }
        Promise.resolve().then(() => seen.push('microtask'));
        process.nextTick(() => seen.push('tick'));
      };
      addon.guestPlan(guest, 0, true);`);
    expect(output).toBe('turn tick microtask turn');
  });

  test('hears of what a turn throws as an uncaught exception', () => {
    const output = outputOf(`${GUEST}
      process.on('uncaughtException', (error) => { console.log(error.message); addon.guestClose(guest); });
      onTurn = () => { throw new Error('from a turn'); };
      addon.guestPlan(guest, 0, true);`);
    expect(output).toBe('from a turn');
  });

  test('may exit in the middle of a turn', () => {
    const output = outputOf(`${GUEST}
      onTurn = () => { console.log('bye'); process.exit(0); };
      addon.guestPlan(guest, 0, true);`);
    expect(output).toBe('bye');
  });

  test('is told what cannot be watched', () => {
    expect(outputOf(`console.log(addon.guestOpen(require('fs').openSync('/dev/null'), () => {}))`)).toBe(
      String(-EPERM),
    );
    expect(addon.guestOpen(-1, () => {})).toBeLessThan(0);
  });
});

describe.runIf(kinds.length > 0)('a worker with guests', () => {
  // Twenty in a usual run: starting a worker costs more than all else here.
  const rounds = process.env.SELECTLOOP_TEST_SIZE === 'full' ? 20 : 2;

  test(`${10 * rounds} terminated, at rest, busy and closing: nothing crashes and no descriptor stays`, async () => {
    const program = `
      for (let i = 0; i < 3; i++) {
        const poller = addon.pollerOpen(addon.pollerKinds()[0]);
        const guest = addon.guestOpen(addon.pollerPollableFd(poller), () => {});
        addon.guestPlan(guest, [0, 5, -1][i], true);
        if (data % 4 === 3) addon.guestClose(guest);
      }
      parentPort.postMessage('ready');
      if (data % 4 === 1) process.exit();
      if (data % 4 !== 2) setInterval(() => {}, 1000);`;
    for (let round = 0; round < rounds; round++) {
      const workers = Array.from({ length: 10 }, (_, i) => startWorker(program, round * 10 + i));
      await Promise.all(
        workers.map(async (worker) => {
          const whenEnded = ended(worker);
          await nextMessage(worker).catch(() => {});
          await worker.terminate();
          await whenEnded;
        }),
      );
    }
  }, 120_000);
});
