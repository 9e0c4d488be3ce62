/**
 * A program may run iterations of Node's own loop from inside a call, as the package `deasync` does. Done in
 * the last turn of a guest, or in a microtask behind it, that freed the guest under its own turn. Done in any
 * other turn, it stepped the loop from inside a step, which ended the run with V8's words.
 */
import { expect, test } from 'vitest';
import { Future, getRunningLoop, runGuest, sleep } from '../../src/index.ts';
import { socketpair } from '../../src/socket.ts';
import { addon, isEmulated, outputOf } from '../native/addon-programs.ts';
import { onTeardown } from '../support/teardown.ts';
import { turnNode, turnNodePath } from '../support/turn-node.ts';

const hasGuests = addon.pollerKinds().some((kind) => kind !== 'poll' && !isEmulated(kind));

test.runIf(hasGuests).each([
  ['in its last turn', 'turnSome();'],
  ['in a microtask behind it', 'Promise.resolve().then(turnSome);'],
])('a guest that is closed lives until its turn is over, when Node is turned %s', (_when, turns) => {
  const output = outputOf(
    `const { turnNode } = require(process.env.TURN_NODE);
     const poller = addon.pollerOpen(addon.pollerKinds()[0]);
     const turnSome = () => { for (let i = 0; i < 3; i++) { setTimeout(() => {}, 1); turnNode(); } };
     const guest = addon.guestOpen(addon.pollerPollableFd(poller), () => {
       addon.guestClose(guest);
       ${turns}
     });
     addon.guestPlan(guest, 0, true);
     process.on('exit', () => console.log('alive'));`,
    { TURN_NODE: turnNodePath },
  );
  expect(output).toBe('alive');
});

/** Turns Node's loop until `ms` have passed. */
function turnNodeFor(ms: number): void {
  let isOver = false;
  setTimeout(() => {
    isOver = true;
  }, ms);
  while (!isOver) turnNode();
}

test.runIf(hasGuests)('a step in which Node is turned is not stepped again', async () => {
  const result = await runGuest(function* () {
    yield* sleep(0);
    turnNodeFor(5);
    yield* sleep(1);
    return 'whole';
  });
  expect(result).toBe('whole');
});

test.runIf(hasGuests)(
  'a timer that is due while Node is turned hides no later one',
  async () => {
    const [ours, theirs] = socketpair();
    onTeardown(() => {
      ours.close();
      theirs.close();
    });
    setTimeout(() => theirs.send(Buffer.from('x')), 5);
    const result = await runGuest(function* () {
      const loop = getRunningLoop();
      const later = new Future<string>();
      const early = loop.callLater(50, () => {});
      loop.addReader(ours.fileno(), () => {
        loop.removeReader(ours.fileno());
        turnNodeFor(60);
        early.cancel();
        loop.callLater(1, () => later.setResult('called'));
      });
      return yield* later;
    });
    expect(result).toBe('called');
  },
  10_000,
);
