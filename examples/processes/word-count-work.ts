/** What the workers of `word-count.ts` do. A module of its own: a worker imports it, and nothing else of the program. */

/** The map of MapReduce: how often each word of a piece of text occurs. The text is ASCII, and ends with a whole word. */
export function countWords(text: Uint8Array): Map<string, number> {
  const counts = new Map<string, number>();
  const words = Buffer.from(text.buffer, text.byteOffset, text.byteLength).toString('latin1').split(/\s+/);
  for (const word of words) if (word !== '') counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}
