/** The process's environment variables. */

/**
 * The value of an environment variable; `''` if it is not set.
 *
 * Deno asks before it lets a program see its environment, and throws when the answer is no. A program that
 * may not see a variable runs as if it were not set.
 */
export function environmentVariable(name: string): string {
  try {
    return process.env[name] ?? '';
  } catch {
    return '';
  }
}

/**
 * Whether the environment asks for debug mode: `SELECTLOOP_DEBUG`. Empty counts as unset, as in Python's
 * PYTHONASYNCIODEBUG; so does `0`, which there means yes.
 */
export function isDebugEnvironment(): boolean {
  const value = environmentVariable('SELECTLOOP_DEBUG');
  return value !== '' && value !== '0';
}
