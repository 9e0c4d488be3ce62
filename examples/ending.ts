/** How an example ends when something is wrong: what lies outside of the program is told in one line. */

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { KeyboardInterrupt, OSError } from 'selectloop';

/** What is wrong outside of the program, in a line that its user understands: it is shown without a stack. */
export class CannotRun extends Error {}

/** @throws CannotRun when one of these programs is not on PATH */
export function requireCommands(commands: readonly string[]): void {
  const missing = commands.filter((command) => !isOnPath(command));
  if (missing.length > 0) throw new CannotRun(`needs ${missing.join(' and ')}, not found on PATH`);
}

function isOnPath(command: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Ends the process for an error that nobody caught. */
export function endWith(name: string, error: unknown): never {
  if (error instanceof KeyboardInterrupt) process.exit(error.exitCode);
  const line = lineFor(error);
  const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(line === undefined ? `${words}\n` : `${name}: ${line}\n`);
  process.exit(1);
}

/** One line for what lies outside of the program; `undefined` for its own mistakes. */
function lineFor(error: unknown): string | undefined {
  // A name that has several addresses, none of which answers.
  if (error instanceof AggregateError) return lineFor(error.errors[0]);
  if (error instanceof CannotRun || error instanceof OSError) return error.message;
  return error instanceof Error && 'syscall' in error ? error.message : undefined;
}
