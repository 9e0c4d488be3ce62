/** Where things were made: kept in debug mode only, since a stack costs more than what it describes. */

import { namesOurFile } from '../base/package-files.ts';

/** A stack that is text only when it is asked for: making text of it costs many times what noting it does. */
export interface Origin {
  readonly stack?: string;
}

/** Notes the stack. @param above the function whose frame, and all above it, are left out */
export function captureOrigin(above: object): Origin {
  const holder: Origin = {};
  Error.captureStackTrace(holder, above as () => void);
  return holder;
}

/**
 * The stack from the caller of this package on, as lines.
 * @param above as for {@link captureOrigin}
 */
export function originAt(above: object): string {
  return originText(captureOrigin(above));
}

/** A stack that was noted, from the caller of this package on, as lines. */
export function originText(origin: Origin): string {
  const lines = origin.stack?.split('\n').slice(1) ?? [];
  // Nobody looks for the line of ours that made something.
  const caller = lines.findIndex((line) => !namesOurFile(line));
  return lines.slice(Math.max(caller, 0)).join('\n');
}

/** Beside the objects, so that those made without debug mode carry nothing. */
const origins = new WeakMap<object, string>();

/** Remembers where `made` is being made; `above` as for {@link originAt}. */
export function rememberOrigin(made: object, above: object): void {
  origins.set(made, originAt(above));
}

/** What {@link rememberOrigin} has remembered. */
export function rememberedOrigin(made: object): string | undefined {
  return origins.get(made);
}
