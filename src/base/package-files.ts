/**
 * Where this package lies, and which files are its own: the same whether it runs from `src/` or bundled, from
 * `dist/`.
 */

import { fileURLToPath } from 'node:url';

/**
 * The package's own folder. This file is somewhere below `src/` or `dist/`, and no folder of ours below has
 * such a name again.
 */
export const PACKAGE_FOLDER = import.meta.url.slice(
  0,
  import.meta.url.search(/\/(?:src|dist)\/(?!.*\/(?:src|dist)\/)/) + 1,
);

/** How the names of our files begin, as URLs and as paths. */
export const OUR_FOLDERS: readonly string[] = ['src/', 'dist/'].flatMap((folder) => [
  `${PACKAGE_FOLDER}${folder}`,
  fileURLToPath(`${PACKAGE_FOLDER}${folder}`),
]);

/**
 * Whether a file named in a stack trace is one of ours. Code that runs from `dist/` is named by `src/` where
 * source maps are on.
 * @param file a URL, or a path, as Node writes it where source maps are on
 */
export function isOurFile(file: string): boolean {
  return OUR_FOLDERS.some((folder) => file.startsWith(folder));
}

/** Whether a line of a stack trace names one of our files. */
export function namesOurFile(line: string): boolean {
  return OUR_FOLDERS.some((folder) => line.includes(folder));
}
