/** Output that also works while the loop blocks this thread. */

import { defaultKernel } from '../kernel/default-kernel.ts';
import { nodeTurns } from '../loop/current-loop.ts';
import { outputLine } from '../loop/output.ts';

/**
 * Writes a line of text at once, as Python's `print` does. `console.log` is for programs whose output goes to
 * a terminal or a file: into a pipe Node writes through its own loop, which stands still inside `run()`.
 * Beside a guest's loop it goes through Node's stream, in order with `console.log`.
 *
 * @param text the line, without its newline
 * @param options `fd`: 1 for stdout (default), 2 for stderr
 * @throws OSError with code EPIPE when nobody reads the pipe any more
 */
export function print(text: string, options?: { readonly fd?: number | undefined }): void {
  outputLine(defaultKernel(), nodeTurns(), options?.fd ?? 1, text);
}
