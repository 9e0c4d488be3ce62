/**
 * Lines to stdout and stderr. In a blocking run they are written at once, by a system call: Node's own
 * streams stand still there. Where Node's loop turns, they go through Node's streams: so they come in order
 * with `console.log`, and a reader that is slow holds up nobody.
 */

import type { Kernel } from '../kernel/kernel.ts';
import { writeLine } from '../kernel/print.ts';

/** @param nodeTurns whether Node's own loop turns meanwhile */
export function outputLine(kernel: Kernel, nodeTurns: boolean, fd: number, text: string): void {
  if (nodeTurns && fd === 1) process.stdout.write(`${text}\n`);
  else if (nodeTurns && fd === 2) process.stderr.write(`${text}\n`);
  else writeLine(kernel, fd, text);
}
