/** Guests of Node's own loop over the addon. */

import { loadAddon } from './addon.ts';
import { check } from './os-error.ts';

/**
 * A descriptor that Node's own loop watches for another loop. The contract is prose at the top of
 * `native/guest/guest.h`.
 */
export interface NodeWatch {
  /** Watches another descriptor instead, while the one before is still open. @throws OSError */
  follow(fd: number): void;
  /**
   * When the next turn is due if the descriptor is not readable before.
   * @param delayMs 0: in the next iteration of Node's loop; negative: not at all
   * @param keepsAlive whether Node stays for it
   */
  plan(delayMs: number, keepsAlive: boolean): void;
  /** No turn comes after this. */
  close(): void;
}

/**
 * Has Node's loop call `turn` whenever `fd` is readable, or a plan is due.
 * @throws OSError such as EPERM, ENOMEM
 */
export function watchInNode(fd: number, turn: () => void): NodeWatch {
  const addon = loadAddon();
  const handle = check(addon.guestOpen(fd, turn), 'uv_poll_init', `fd ${fd}`);
  return {
    follow: (fresh) => {
      check(addon.guestFollow(handle, fresh), 'uv_poll_init', `fd ${fresh}`);
    },
    plan: (delayMs, keepsAlive) => {
      addon.guestPlan(handle, delayMs, keepsAlive);
    },
    close: () => {
      addon.guestClose(handle);
    },
  };
}
