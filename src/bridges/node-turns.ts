/**
 * Whether what belongs to Node can work here: it needs Node's own loop, which stands still while run()
 * blocks.
 */

import { RuntimeError } from '../base/errors.ts';
import { nodeTurns, runningLoopOrNull } from '../loop/current-loop.ts';
import type { LoopCore } from '../loop/loop-core.ts';

/**
 * @param loop whose guest the caller's part is; `null` for what has no loop of ours
 * @throws RuntimeError in a blocking run, with the remedy
 */
export function requireNodeTurns(call: string, loop: LoopCore | null): void {
  const works = loop === null ? runningLoopOrNull() === null || nodeTurns() : loop.isGuest;
  if (works) return;
  throw new RuntimeError(
    `${call}: Node's own streams, sockets and servers stand still while run() blocks this thread. Use runGuest(), or selectloop's own.`,
  );
}
