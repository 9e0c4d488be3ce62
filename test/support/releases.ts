/**
 * What tests have opened, apart from the hooks that release it (`teardown.ts`): those are set up anew for
 * each file, while the support modules that register here stay loaded over many files.
 */

type Release = () => void | Promise<void>;

const releases: Release[] = [];

/**
 * Runs `release` after the current test, before what was registered earlier. An error in it fails the test.
 */
export function onTeardown(release: Release): void {
  releases.push(release);
}

/**
 * Runs all releases, one at a time and in reverse: what was opened last may rest on what was opened first.
 */
export async function releaseAll(): Promise<Error[]> {
  const errors: Error[] = [];
  for (let release = releases.pop(); release !== undefined; release = releases.pop()) {
    try {
      await release();
    } catch (error) {
      errors.push(error instanceof Error ? error : new Error(String(error)));
    }
  }
  return errors;
}
