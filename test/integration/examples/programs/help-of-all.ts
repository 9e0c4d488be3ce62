/**
 * Asks every program of the gallery for its help, in one process, and prints a line of JSON for each. A
 * program that does anything else first, such as printing or listening, is found out: it does not end at
 * once.
 */
import { pathToFileURL } from 'node:url';
import { gallery } from '../../../../examples/gallery.ts';
import { builtProgram } from '../../../support/built-program.ts';

/** Thrown instead of ending the process. */
class Exit extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`exit ${exitCode}`);
    this.exitCode = exitCode;
  }
}

const write = process.stdout.write.bind(process.stdout);
const exit = process.exit.bind(process);
process.setMaxListeners(0);
process.exit = (code) => {
  throw new Exit(Number(code ?? 0));
};

for (const { name, file } of gallery) {
  const path = builtProgram(`examples/${file}`);
  process.argv = [process.execPath, path, '--help'];
  let help = '';
  process.stdout.write = (text: unknown) => {
    help += String(text);
    return true;
  };
  let end = 'it went on';
  try {
    await import(pathToFileURL(path).href);
  } catch (error) {
    end = error instanceof Exit ? `exit code ${error.exitCode}` : String(error);
  }
  process.stdout.write = write;
  write(`${JSON.stringify({ name, end, help })}\n`);
}
exit(0);
