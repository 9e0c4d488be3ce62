/** The text that `word-count.ts` counts: made up, always the same, and as long as you like. */

/** Bytes of a chunk. */
export const CHUNK_BYTES = 2 ** 20;
/** Chunks are put together from blocks of whole lines: making up each line anew would take longer than counting its words. */
const BLOCK_BYTES = 2 ** 14;
const BLOCKS = 64;
const WORDS = 2000;
const WORDS_PER_LINE = 10;

/** Chunks of text, one after the other. */
export interface Chunks {
  /** The next one; `null` at the end. */
  next(): Uint8Array | null;
}

/** Numbers from 0 to `limit`, without it, always the same ones: Knuth's linear congruential generator. */
function numbersFrom(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

function makeWords(next: (limit: number) => number): string[] {
  const syllables = ['ka', 'lo', 'mi', 'ne', 'ru', 'sa', 'te', 'vo', 'xi', 'zu'];
  const words = new Set<string>();
  while (words.size < WORDS) {
    const length = 1 + next(4);
    words.add(Array.from({ length }, () => syllables[next(syllables.length)]).join(''));
  }
  return [...words];
}

/** Lines of words, some of them far more common than others, filled up with spaces to the size of a block. */
function makeBlock(words: readonly string[], next: (limit: number) => number): Uint8Array {
  let text = '';
  for (;;) {
    const line = Array.from({ length: WORDS_PER_LINE }, () => words[next(1 + next(WORDS))]).join(' ');
    if (text.length + line.length >= BLOCK_BYTES - 1) return Buffer.from(`${text.padEnd(BLOCK_BYTES - 1)}\n`);
    text += `${line}\n`;
  }
}

/** A text of so many chunks. */
export function textOf(chunkCount: number): Chunks {
  const next = numbersFrom(1);
  const words = makeWords(next);
  const blocks = Array.from({ length: BLOCKS }, () => makeBlock(words, next));
  let made = 0;
  return {
    next() {
      if (made++ >= chunkCount) return null;
      // Memory of its own, so that it can be moved to a thread.
      const chunk = new Uint8Array(CHUNK_BYTES);
      for (let offset = 0; offset < CHUNK_BYTES; offset += BLOCK_BYTES) {
        chunk.set(blocks[next(BLOCKS)] as Uint8Array, offset);
      }
      return chunk;
    },
  };
}
