import type { Kernel } from './kernel.ts';
import { openNativeKernel } from './native-kernel.ts';

let instance: Kernel | null = null;

/**
 * The operating system this thread runs on. Made at the first call, so that importing the package neither
 * loads the addon nor fails where it is missing.
 *
 * @returns always the same kernel within one thread.
 * @throws {Error} the loader's own words, when the addon cannot be loaded.
 */
export function defaultKernel(): Kernel {
  instance ??= openNativeKernel();
  return instance;
}
