/**
 * Stops the program where one of our own invariants does not hold. For what cannot happen however the library is used;
 * what a user can cause gets an error of its own.
 */
export function invariant(condition: boolean, broken: string): asserts condition {
  if (!condition)
    throw new Error(`selectloop: internal invariant broken: ${broken}. This is a bug in selectloop.`);
}
