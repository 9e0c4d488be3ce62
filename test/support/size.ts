/**
 * How large the soaks are. `npm test` runs a small size of each, which still fails when what it looks for is
 * there; CI runs the full size: `SELECTLOOP_TEST_SIZE=full npm test`.
 */
const isFull = process.env.SELECTLOOP_TEST_SIZE === 'full';

/** `small`, or `full` where the full suite was asked for. */
export function sized<T>(small: T, full: T): T {
  return isFull ? full : small;
}
