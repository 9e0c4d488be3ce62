/** Where the files of constants get their values. Importing this file loads the addon. */

import { defaultKernel } from '../../kernel/default-kernel.ts';

const { constants } = defaultKernel();

/** What every system we run on has. */
export function everywhere(name: string): number {
  const value = constants[name];
  if (value === undefined) throw new Error(`selectloop: this build of the addon lacks the constant ${name}`);
  return value;
}

/** What some systems have. */
export function somewhere(name: string): number | undefined {
  return constants[name];
}
