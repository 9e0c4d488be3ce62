/** Who is asked before a loop waits with nothing to do: whether that wait has an end. */

export interface StallWatch {
  /**
   * The loop is about to wait, for `timeoutMs` at most; negative: without end. Must not run user code.
   * @returns `null` to wait; or how many events the selector has found already, 0 included, which is the
   *   answer instead of a wait
   */
  beforeIdle(timeoutMs: number): number | null;
}
