/// <reference types="node" preserve="true" />
/** For tests of programs on selectloop. */

export type { Clock, WaitingLoop } from './loop/clock.ts';
export { VirtualClock } from './testing/virtual-clock.ts';
