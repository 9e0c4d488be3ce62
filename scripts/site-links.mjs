/**
 * Finds what leads nowhere in the built documentation site: links between its pages, with their anchors,
 * scripts and pictures, and links to files of this repository.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';

/** @returns a line for each broken link of the site in `folder` */
export function brokenLinks(folder, repository) {
  const pages = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.html'),
  );
  const known = new Map();
  const anchorsOf = (page) => {
    if (!known.has(page)) known.set(page, anchorsIn(readFileSync(join(folder, page), 'utf8')));
    return known.get(page);
  };
  return pages.flatMap((page) =>
    linksIn(readFileSync(join(folder, page), 'utf8'))
      .map((link) => [link, problemOf(link, page, { folder, repository, anchorsOf })])
      .filter(([, problem]) => problem !== undefined)
      .map(([link, problem]) => `${page}: ${link}: ${problem}`),
  );
}

function linksIn(html) {
  const links = [...html.matchAll(/<(?:a|img|script|link)\b[^>]*?\s(?:href|src)="([^"]*)"/g)];
  return [...new Set(links.map(([, link]) => link.replaceAll('&amp;', '&')))];
}

function anchorsIn(html) {
  return new Set([...html.matchAll(/\s(?:id|name)="([^"]+)"/g)].map(([, id]) => id));
}

function problemOf(link, page, { folder, repository, anchorsOf }) {
  if (link.startsWith(repository.url)) {
    const path = decodeURIComponent(link.slice(repository.url.length).replace(/#.*/, ''));
    return existsSync(join(repository.folder, path)) ? undefined : 'no such file in the repository';
  }
  if (/^[a-z]+:/.test(link)) return undefined;
  const [path, anchor] = link.split('#');
  const target = path === '' ? page : targetOf(decodeURIComponent(path), page, folder);
  if (target === undefined) return 'no such page';
  if (anchor === undefined || anchor === '' || !target.endsWith('.html')) return undefined;
  return anchorsOf(target).has(decodeURIComponent(anchor)) ? undefined : 'no such anchor';
}

/** The file that a server would send, relative to the site. */
function targetOf(path, page, folder) {
  const file = path.startsWith('/') ? path.slice(1) : posix.join(posix.dirname(page), path);
  const tries = [file, posix.join(file, 'index.html')];
  return tries.find((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.isFile());
}
