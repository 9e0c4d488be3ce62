/** Groups of wake-ups over the addon. What they are for: top of `native/wakeup/wake-groups.h`. */

import { loadAddon } from './addon.ts';
import type { WakeGroups, Wakeup } from './kernel.ts';
import { wordsOf } from './native-wakeup.ts';
import { check } from './os-error.ts';

/** The groups of this process. */
export const nativeWakeGroups: WakeGroups = {
  open: () => loadAddon().groupOpen(),
  join(group: number, wakeup: Wakeup): void {
    check(loadAddon().groupJoin(group, wordsOf(wakeup.handle)), 'join a group of wake-ups');
  },
  leave(group: number, wakeup: Wakeup): void {
    loadAddon().groupLeave(group, wordsOf(wakeup.handle));
  },
  wake(group: number): void {
    loadAddon().groupWake(group);
  },
  enterThread(number: number): void {
    loadAddon().threadEnter(number);
  },
  isThreadAlive: (number) => loadAddon().threadIsAlive(number) === 1,
};
