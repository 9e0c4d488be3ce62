/** What the thread of the load tester does: its loop sends requests and nothing else. */

import type { Coroutine } from 'selectloop';
import { LoadGenerator } from './load-generator.ts';
import type { LoadNews, LoadPlan, LoadSummary } from './load-plan.ts';

let generator: LoadGenerator | null = null;
let isCancelled = false;

export function* load(plan: LoadPlan): Coroutine<LoadSummary> {
  generator = new LoadGenerator(plan);
  if (isCancelled) generator.cancel();
  return yield* generator.run();
}

export function news(): LoadNews | null {
  return generator?.news() ?? null;
}

/** Ends the load now, or as soon as it begins. */
export function cancel(): void {
  isCancelled = true;
  generator?.cancel();
}
