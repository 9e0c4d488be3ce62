/**
 * Runs built programs, each when the one before has nothing left to do: to start Node for each costs more
 * than most of them do. What each prints is followed by NUL.
 */
import { writeSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const STDOUT = 1;
const [first, ...others] = process.argv.slice(2).map((path) => pathToFileURL(path).href);

// Emitted again whenever there was something more to do.
process.on('beforeExit', () => {
  writeSync(STDOUT, '\0');
  const next = others.shift();
  // An immediate counts as something to do; an import alone does not where Node reads modules at once.
  if (next !== undefined) setImmediate(() => void import(next));
});
await import(first as string);
