/** What a process had written when a call of runProcess was left before its end. */

/** Output that was captured, as far as it came; `null` for what was not captured. */
export interface PartialOutput {
  readonly stdout: Buffer | null;
  readonly stderr: Buffer | null;
}

const outputs = new WeakMap<object, PartialOutput>();

/**
 * What the process had written before `runProcess` was left early, by its timeout or by cancellation.
 * Python's `TimeoutExpired.output` and `stderr`.
 *
 *     try {
 *       yield* runProcess('make test', { capture: true, timeoutMs: 60_000 });
 *     } catch (error) {
 *       print(`the end of its output: ${partialOutput(error)?.stdout}`);
 *       throw error;
 *     }
 *
 * What it writes when it is asked to end is there too.
 * @param error what `runProcess` threw: a TimeoutError or a CancelledError
 * @returns `null` for errors that have none
 */
export function partialOutput(error: unknown): PartialOutput | null {
  return typeof error === 'object' && error !== null ? (outputs.get(error) ?? null) : null;
}

/** From now on {@link partialOutput} finds `output` by `error`. */
export function keepOutput(error: unknown, output: PartialOutput): void {
  if (typeof error === 'object' && error !== null) outputs.set(error, output);
}
