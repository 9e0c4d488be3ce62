/** Instruments with the types of tasks and futures. */

import type { Future } from '../futures/future.ts';
import type { LoopInstrument } from '../loop/instrument.ts';
import type { Task } from './task.ts';

/**
 * What `loop.addInstrument` takes: the methods of {@link LoopInstrument} that you need, with tasks and
 * futures.
 */
export type Instrument = LoopInstrument<Task<unknown>, Future<unknown>>;
