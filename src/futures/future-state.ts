/** The states of a future, and the words for them. */

import { brief } from '../base/describe.ts';

/** Plain numbers, not a union of strings: this is compared several times for each message. */
export const PENDING = 0;
export const CANCELLED = 1;
export const FINISHED = 2;
export const FAILED = 3;

/** `pending`, `finished` (also when it failed), `cancelled`. */
export function stateWord(state: number): string {
  if (state === PENDING) return 'pending';
  return state === CANCELLED ? 'cancelled' : 'finished';
}

/** The result or the error as `key=value`, if there is one. */
export function outcomeOf(state: number, value: unknown): string[] {
  if (state === FINISHED) return [`result=${brief(value)}`];
  return state === FAILED ? [`exception=${brief(value)}`] : [];
}

/** The labels of the first and the last observer, and how many are between. */
export function listLabels(observers: readonly { label?(): string }[]): string {
  const labels = observers.map((observer) => observer.label?.() ?? observer.constructor.name);
  const between = labels.length - 2;
  if (between > 0) labels.splice(1, between, `<${between} more>`);
  return labels.join(', ');
}
