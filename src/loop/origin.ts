/** Where things were made: kept in debug mode only, since a stack costs more than what it describes. */

/**
 * The stack from the caller of `above` on, as lines; `undefined` unless `debug`.
 * @param above the function whose frame, and all above it, are left out
 */
export function originOf(debug: boolean, above: object): string | undefined {
  if (!debug) return undefined;
  const holder: { stack?: string } = {};
  Error.captureStackTrace(holder, above as () => void);
  return holder.stack?.split('\n').slice(1).join('\n');
}
