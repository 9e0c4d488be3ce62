/** Values on one line, for messages and inspection. */

/** The longest text that a one-line description quotes. */
const MAX_LENGTH = 60;

/**
 * A value in a few characters: itself where it is short, its class where it is an object. Never throws, never
 * inspects deeply.
 */
export function brief(value: unknown): string {
  const text = value instanceof Error ? `${value.name}: ${value.message}` : briefOther(value);
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH - 3)}...` : text;
}

function briefOther(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'object' && value !== null) return `[${value.constructor?.name ?? 'object'}]`;
  return String(value);
}
