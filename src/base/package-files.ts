/**
 * Where this package lies, and which files are its own: the same whether it runs from `src/` or bundled, from
 * `dist/`.
 */

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const writtenUrl: string | undefined = import.meta.url;

const OWN_FILE = /(?:src\/base\/package-files\.[jt]s|dist\/system\.[jt]s)$/;

/**
 * The URL of the package's own folder, if that can be told from where this code is; null where a bundler has
 * put it into a file of another project.
 */
const namedFolder: string | null =
  writtenUrl !== undefined && OWN_FILE.test(writtenUrl) ? writtenUrl.replace(OWN_FILE, '') : null;

/**
 * The URL of the package's own folder, or null in a bundle. webpack writes into the bundle where this file
 * was on the machine of the build: that counts for as long as it is there.
 */
export function packageFolder(): string | null {
  return namedFolder !== null && existsSync(fileURLToPath(writtenUrl as string)) ? namedFolder : null;
}

/** The URL of the file that this code is in, unless a bundler wrote another, or none. */
export function ownUrl(): string | undefined {
  return namedFolder === null || packageFolder() !== null ? writtenUrl : undefined;
}

/** How the names of our files begin, as URLs and as paths. In a bundle of another project there are none. */
export const OUR_FOLDERS: readonly string[] =
  namedFolder === null
    ? []
    : ['src/', 'dist/'].flatMap((folder) => [
        `${namedFolder}${folder}`,
        fileURLToPath(`${namedFolder}${folder}`),
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
