/**
 * Takes the place of `src/drivers/blocking.ts` when tests run with `SELECTLOOP_TEST_DRIVER=guest`: every
 * `run()` of a test is then driven by the guest driver, and Node's own loop is turned from inside until it is
 * over. Loops that cannot be guests, because their time or their kernel is simulated or their poller has no
 * descriptor, block as ever.
 */
import { driveBlocking as reallyDriveBlocking } from '../../../src/drivers/blocking.ts';
import { GuestDriver } from '../../../src/drivers/guest.ts';
import type { LoopCore } from '../../../src/loop/loop-core.ts';
import { turnNode } from '../turn-node.ts';

export function driveBlocking(loop: LoopCore): void {
  if (loop.clock !== null || loop.kernel.name !== 'native' || loop.selector.fileno() < 0) {
    reallyDriveBlocking(loop);
    return;
  }
  // runForever() has said that the loop runs, which the driver says for itself.
  const stopping = loop.stopRequested();
  loop.leaveRun();
  if (stopping) loop.stop();
  let end: { readonly error: unknown } | null | undefined;
  const driver = new GuestDriver(loop, true, (failure) => {
    end = failure;
  });
  try {
    while (end === undefined) {
      if (!turnNode() && end === undefined) throw new Error('nothing is left that could wake the loop');
    }
  } finally {
    driver.detach();
    loop.enterRun();
  }
  if (end !== null) throw end.error;
}
