/** A package that a test can do without: where it is not installed, the test is skipped, visibly. */

/**
 * The package, or `null`. Its type is what the test says of it, so that a checkout without it still compiles.
 */
export async function optionalModule<T>(name: string): Promise<T | null> {
  try {
    return (await import(/* @vite-ignore */ name)) as T;
  } catch {
    return null;
  }
}
