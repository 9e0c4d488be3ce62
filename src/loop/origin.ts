/** Where things were made: kept in debug mode only, since a stack costs more than what it describes. */

/** Where this package lies: nobody looks for the line of ours that made something. */
const PACKAGE = new URL('..', import.meta.url);

/**
 * The stack from the caller of this package on, as lines; `undefined` unless `debug`.
 * @param above the function whose frame, and all above it, are left out
 */
export function originOf(debug: boolean, above: object): string | undefined {
  if (!debug) return undefined;
  const holder: { stack?: string } = {};
  Error.captureStackTrace(holder, above as () => void);
  const lines = holder.stack?.split('\n').slice(1) ?? [];
  const caller = lines.findIndex((line) => !isOurs(line));
  return lines.slice(Math.max(caller, 0)).join('\n');
}

/** Frames name a file by its URL, or by its path where source maps are on. */
function isOurs(line: string): boolean {
  return line.includes(PACKAGE.href) || line.includes(PACKAGE.pathname);
}
