/**
 * Whether the environment asks for debug mode: `SELECTLOOP_DEBUG`. Empty counts as unset, as in Python's PYTHONASYNCIODEBUG; `0` too,
 * which there means yes.
 */
export function isDebugEnvironment(): boolean {
  const value = process.env.SELECTLOOP_DEBUG ?? '';
  return value !== '' && value !== '0';
}
