/** For tests of programs on selectloop. */

export type { Clock } from './loop/clock.ts';
export { VirtualClock } from './testing/virtual-clock.ts';
