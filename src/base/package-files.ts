/**
 * Where this package lies, and which files are its own: the same whether it runs from `src/` or bundled, from
 * `dist/`.
 */

import { fileURLToPath } from 'node:url';

/** The URL of the file that this code is in. A bundler that writes CommonJS leaves none. */
export const OWN_URL: string | undefined = import.meta.url;

const OWN_FILE = /(?:src\/base\/package-files\.[jt]s|dist\/system\.[jt]s)$/;

/**
 * The URL of the package's own folder, or null where a bundler has put this code into a file of another
 * project.
 */
export const PACKAGE_FOLDER: string | null =
  OWN_URL !== undefined && OWN_FILE.test(OWN_URL) ? OWN_URL.replace(OWN_FILE, '') : null;

/** How the names of our files begin, as URLs and as paths. In a bundle of another project there are none. */
export const OUR_FOLDERS: readonly string[] =
  PACKAGE_FOLDER === null
    ? []
    : ['src/', 'dist/'].flatMap((folder) => [
        `${PACKAGE_FOLDER}${folder}`,
        fileURLToPath(`${PACKAGE_FOLDER}${folder}`),
      ]);

/**
 * Whether a file named in a stack trace is one of ours. Code that runs from `dist/` is named by `src/` where
 * source maps are on. In a bundle no file is, and our lines are shown along with the program's own.
 * @param file a URL, or a path, as Node writes it where source maps are on
 */
export function isOurFile(file: string): boolean {
  return OUR_FOLDERS.some((folder) => file.startsWith(folder));
}

/** Whether a line of a stack trace names one of our files. */
export function namesOurFile(line: string): boolean {
  return OUR_FOLDERS.some((folder) => line.includes(folder));
}
