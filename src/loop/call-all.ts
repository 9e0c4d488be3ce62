/** Ending several things, of which each may fail. */

/** Calls all of them, whatever they throw; then throws the first error. */
export function callAll(actions: Iterable<() => void>): void {
  const errors: unknown[] = [];
  for (const action of actions) {
    try {
      action();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}
