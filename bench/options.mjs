/** The options of programs that measure: what they are called with wrongly is told in a line or two. */

import { parseArgs } from 'node:util';

/** Tells why the program does not start, and ends it as commands do that were called wrongly. */
export function refuse(reason) {
  process.stderr.write(`${reason}\n`);
  process.exit(2);
}

/** As `parseArgs`, and refuses what that does not take, with the usage. */
export function readOptions(config, usage) {
  try {
    return parseArgs(config);
  } catch (error) {
    return refuse(`${error.message}\n\n${usage}`);
  }
}

/** The value of an option as a number, which is refused if it is not above 0. */
export function positive(name, value) {
  const number = Number(value);
  return number > 0 ? number : refuse(`--${name} must be a number above 0, got ${value}`);
}
