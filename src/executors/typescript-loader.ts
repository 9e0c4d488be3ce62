/**
 * Whether the main program loads TypeScript through tsx, and how a thread can. Node's own type stripping, and
 * tsx where Node has `module.registerHooks`, work in threads by themselves.
 */

import { environmentVariable } from '../base/environment.ts';

/** From these versions on tsx uses hooks that it installs in threads too. Of other majors below 26, none. */
const INHERITING: readonly (readonly [major: number, minor: number, patch: number])[] = [
  [22, 22, 3],
  [24, 11, 1],
  [25, 1, 0],
];

/**
 * The module whose `register()` makes a thread load TypeScript as the main program does; `null` if there is
 * no need.
 */
export function typescriptApi(): string | null {
  const words = [...process.execArgv, ...environmentVariable('NODE_OPTIONS').split(/\s+/)];
  for (const word of words) {
    const specifier = word.replace(/^--(?:import|loader|require)=/, '');
    if (/^tsx(?:\/esm)?$/.test(specifier)) return threadsInherit() ? null : 'tsx/esm/api';
    // As the command line of tsx writes it.
    const folder = /^(.*\/tsx\/dist\/)(?:loader|esm\/index)\.mjs$/.exec(specifier)?.[1];
    if (folder !== undefined) return threadsInherit() ? null : `${folder}esm/api/index.mjs`;
  }
  return null;
}

function threadsInherit(): boolean {
  const [major = 0, minor = 0, patch = 0] = process.versions.node.split('.').map(Number);
  if (major >= 26) return true;
  return INHERITING.some(
    (from) => major === from[0] && (minor > from[1] || (minor === from[1] && patch >= from[2])),
  );
}
