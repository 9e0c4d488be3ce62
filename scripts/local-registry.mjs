/**
 * A registry of packages for tests: it serves tarballs from a folder as if they were published, and asks the
 * registry that npm is set up for about all others. Package managers treat what comes from a registry unlike
 * what comes from a file: allow lists go by name, and optional dependencies are found.
 *
 *   node scripts/local-registry.mjs FOLDER
 *
 * prints its URL and serves until its standard input ends.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The package.json inside a tarball. */
function manifestIn(path) {
  const { status, stdout } = spawnSync('tar', ['-xOzf', path, 'package/package.json'], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${path} has no package/package.json`);
  return JSON.parse(stdout);
}

/** One published version, as a registry describes it. */
function described(path, file, base) {
  const manifest = manifestIn(path);
  const bytes = readFileSync(path);
  const dist = {
    tarball: `${base}/-/tarballs/${file}`,
    integrity: `sha512-${createHash('sha512').update(bytes).digest('base64')}`,
    shasum: createHash('sha1').update(bytes).digest('hex'),
  };
  const hasInstallScript = manifest.scripts?.install !== undefined;
  return { ...manifest, dist, ...(hasInstallScript ? { hasInstallScript } : {}) };
}

function answer(response, status, body, type = 'application/json') {
  response.writeHead(status, { 'content-type': type });
  response.end(body);
}

/**
 * Serves the tarballs of `folder` on a port of 127.0.0.1. Resolves to its URL and a function that ends it.
 */
export async function startLocalRegistry(folder) {
  const upstream = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' })
    .trim()
    .replace(/\/$/, '');
  const published = new Map();
  let base = '';

  const forward = async (request, response) => {
    const headers = { accept: request.headers.accept ?? '*/*' };
    const theirs = await fetch(`${upstream}${request.url}`, { headers });
    const type = theirs.headers.get('content-type') ?? 'application/octet-stream';
    answer(response, theirs.status, Buffer.from(await theirs.arrayBuffer()), type);
  };

  const respond = async (request, response) => {
    const path = decodeURIComponent(new URL(request.url, base).pathname);
    if (request.method !== 'GET') return answer(response, 404, '{}');
    if (path.startsWith('/-/tarballs/')) {
      return answer(response, 200, readFileSync(join(folder, path.slice(12))), 'application/octet-stream');
    }
    const known = published.get(path.slice(1));
    if (known === undefined) return forward(request, response);
    const { name, version } = known;
    const time = { created: '2020-01-01T00:00:00.000Z', [version]: '2020-01-01T00:00:00.000Z' };
    const document = { name, 'dist-tags': { latest: version }, versions: { [version]: known }, time };
    return answer(response, 200, JSON.stringify(document));
  };

  const server = createServer((request, response) => {
    respond(request, response).catch((error) =>
      answer(response, 502, JSON.stringify({ error: String(error) })),
    );
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${server.address().port}`;
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.tgz'))) {
    const known = described(join(folder, file), file, base);
    published.set(known.name, known);
  }
  return { url: base, close: () => server.close() };
}

/** The same in a process of its own, for a program that blocks while package managers run. */
export async function startRegistryProcess(folder) {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [url] = await once(child.stdout, 'data');
  return { url: String(url).trim(), close: () => child.stdin.end() };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { url, close } = await startLocalRegistry(process.argv[2] ?? '.');
  console.log(url);
  process.stdin.on('end', close).resume();
}
