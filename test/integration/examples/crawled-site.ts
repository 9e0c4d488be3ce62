/** The made-up site that the crawler of the examples is tried with. */
import { expect } from 'vitest';
import { type Server, startServer } from './server-process.ts';

/** What the site says it has given out. */
export interface SiteReport {
  /** How many requests were under way at once. */
  readonly most: number;
  /** How often each page was given. */
  readonly given: Readonly<Record<string, number>>;
}

export async function startSite(pages: number, env: Record<string, string> = {}): Promise<Server> {
  return await startServer('examples/crawler/crawler-site.ts', {
    env: { PAGES: String(pages), SLOW_MS: '100', ...env },
  });
}

export async function reportOf({ port }: Server): Promise<SiteReport> {
  const response = await fetch(`http://127.0.0.1:${port}/report`);
  return (await response.json()) as SiteReport;
}

/** All pages were given, and nothing that is forbidden; how many were given more than once. */
export function expectWhole({ given }: SiteReport, pages: number): number {
  const expected = Array.from({ length: pages }, (_, page) => `/page/${page}`);
  expect(Object.keys(given).sort()).toEqual(expected.sort());
  return Object.values(given).filter((count) => count > 1).length;
}

/** What the crawler says at its end of a site of so many pages. */
export function resultsOf(pages: number): string {
  const numbers = Array.from({ length: pages }, (_, page) => page);
  const count = (test: (page: number) => boolean): number => numbers.filter(test).length;
  const forbidden = count((page) => page % 40 === 3) + count((page) => page % 100 === 1);
  const missing = count((page) => page % 50 === 7);
  // The address that it starts from is a redirect, too.
  const moved = count((page) => page % 60 === 5) + 1;
  const rows = Object.entries({ 200: pages, 302: moved, 404: missing, forbidden });
  const words = rows.sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map((row) => row.join(': '));
  return `${pages + forbidden + missing + moved} pages: ${words.join(', ')}`;
}
