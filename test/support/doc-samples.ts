/**
 * The programs in the documentation: every fence of README.md and of the pages for readers that is marked
 * `ts`. A fence marked `text` right behind one is what it prints.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const FOLDER = 'build/doc-samples';
const FENCE = /^```(\w*)[^\n]*\n(.*?)^```$/gms;

/** A complete program of a page. */
export interface DocSample {
  /** The page, and the line of the fence. */
  readonly where: string;
  /** Where its source is written to when programs are built, relative to the root. */
  readonly path: string;
  readonly source: string;
  /** What it must print; `undefined` when the page does not say. */
  readonly output: string | undefined;
}

/**
 * All samples, in the order of the pages. The first one of the README serves for ever and has a test of its
 * own.
 */
export function docSamples(): DocSample[] {
  const others = ['docs/deadlocks.md', 'docs/my-program-hangs.md'];
  const pages = [
    'docs/tutorial.md',
    'docs/guest-mode.md',
    ...pagesIn('docs/guides'),
    ...pagesIn('docs/how-to'),
    ...others,
  ];
  return pages.flatMap(samplesOf);
}

/** Writes each sample to its file, to be built. Returns their paths. */
export function writeDocSamples(): string[] {
  mkdirSync(`${root}${FOLDER}`, { recursive: true });
  return docSamples().map(({ path, source }) => {
    writeFileSync(`${root}${path}`, source);
    return path;
  });
}

function pagesIn(folder: string): string[] {
  return readdirSync(`${root}${folder}`)
    .filter((name) => name.endsWith('.md'))
    .toSorted()
    .map((name) => `${folder}/${name}`);
}

function samplesOf(page: string): DocSample[] {
  const text = readFileSync(`${root}${page}`, 'utf8');
  const fences = [...text.matchAll(FENCE)];
  return fences.flatMap((fence, i) => {
    if (fence[1] !== 'ts') return [];
    const line = text.slice(0, fence.index).split('\n').length;
    const next = fences[i + 1];
    const isBehind =
      next?.[1] === 'text' && text.slice(fence.index + fence[0].length, next.index).trim() === '';
    return {
      where: `${page}:${line}`,
      path: `${FOLDER}/${page.replace(/\W/g, '-')}-${line}.ts`,
      source: fence[2] ?? '',
      output: isBehind ? next[2] : undefined,
    };
  });
}
