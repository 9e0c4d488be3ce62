/**
 * Opens every page of the built documentation site in a headless Chromium, at a phone's and a desk's width,
 * light and dark: nothing may be an error in its console, come from another host, or be wider than the
 * screen. And the search must find something.
 *
 *   npm run test:site [-- --shots FOLDER] [--pages N]
 *
 * --shots also takes a picture of each page of docs/, in each form; --pages looks at the first N. Chromium is
 * found on PATH, or named by CHROMIUM.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const site = join(root, 'build-docs');

const FORMS = [
  { name: 'phone-light', width: 390, height: 844, colorScheme: 'light' },
  { name: 'phone-dark', width: 390, height: 844, colorScheme: 'dark' },
  { name: 'desk-light', width: 1440, height: 900, colorScheme: 'light' },
  { name: 'desk-dark', width: 1440, height: 900, colorScheme: 'dark' },
];
/** A page's scripts have begun after this time, on a busy machine too. */
const LIMIT_MS = 20_000;
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

function findChromium() {
  const names = [process.env.CHROMIUM, 'chromium', 'chromium-browser', 'google-chrome'].filter(Boolean);
  const found = names.map((name) => spawnSync('sh', ['-c', `command -v "${name}"`], { encoding: 'utf8' }));
  const path = found.find(({ status }) => status === 0)?.stdout.trim();
  if (path === undefined) throw new Error('test:site needs Chromium on PATH, or its path in CHROMIUM.');
  return path;
}

/** The site as a server of files would have it. Resolves to its URL and a function that ends it. */
async function serve() {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
    try {
      const file = path.endsWith('/') ? `${path}index.html` : path;
      const body = readFileSync(join(site, file));
      response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

/** A page of the browser that writes down what goes wrong. */
async function openWatched(context, url, wrong) {
  const page = await context.newPage();
  page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
  page.on('pageerror', (error) => wrong.push(String(error)));
  page.on(
    'response',
    (response) => response.status() >= 400 && wrong.push(`${response.status()} ${response.url()}`),
  );
  await page.route('**/*', (route) => {
    const asked = route.request().url();
    if (asked.startsWith(url) || asked.startsWith('data:')) return route.continue();
    wrong.push(`it asks another host: ${asked}`);
    return route.abort();
  });
  return page;
}

const hasScheme = (scheme) => document.documentElement.classList.contains('dark') === (scheme === 'dark');

/** What sticks out of the screen. Boxes that scroll by themselves may be as wide as they like. */
function overflow() {
  const { scrollWidth } = document.documentElement;
  if (scrollWidth <= window.innerWidth) return null;
  const wide = [...document.querySelectorAll('.VPContent *')].findLast(
    (element) => element.getBoundingClientRect().right > window.innerWidth + 1,
  );
  return `${scrollWidth} wide: ${wide?.tagName} ${wide?.textContent.slice(0, 60)}`;
}

async function look(page, name, url, { wrong, shots }) {
  const problems = [];
  await page.goto(`${url}/${name}`, { waitUntil: 'load' });
  for (const form of FORMS) {
    await page.setViewportSize({ width: form.width, height: form.height });
    await page.emulateMedia({ colorScheme: form.colorScheme });
    await page
      .waitForFunction(hasScheme, form.colorScheme, { timeout: LIMIT_MS })
      .catch(() => problems.push(`${form.name}: the colours do not follow`));
    const wide = await page.evaluate(overflow);
    if (wide !== null) problems.push(`${form.name}: ${wide}`);
    if (shots !== undefined && !name.startsWith('reference/')) {
      const path = join(shots, `${name.replaceAll('/', '-').replace('.html', '')}-${form.name}.png`);
      await page.screenshot({ path });
    }
  }
  return [...problems, ...wrong.splice(0)].map((problem) => `${name}: ${problem}`);
}

/** Types into the search box, as a reader would. */
async function search(page, url, wrong) {
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(`${url}/`, { waitUntil: 'load' });
  await page.click('.VPNavBarSearch button');
  await page.fill('.VPLocalSearchBox input', 'taskGroup');
  const first = page.locator('.VPLocalSearchBox .result').first();
  await first.waitFor({ timeout: LIMIT_MS });
  const count = await page.locator('.VPLocalSearchBox .result').count();
  await first.click();
  await page.waitForURL((address) => address.pathname !== '/');
  console.log(`test-site: the search for taskGroup finds ${count} places`);
  return wrong.splice(0).map((problem) => `search: ${problem}`);
}

async function main() {
  const { values } = parseArgs({ options: { shots: { type: 'string' }, pages: { type: 'string' } } });
  const { chromium } = createRequire(join(root, 'docs', 'package.json'))('playwright-core');
  const names = readdirSync(site, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.html') && name !== '404.html')
    .sort()
    .slice(0, Number(values.pages ?? Number.POSITIVE_INFINITY));
  if (values.shots !== undefined) mkdirSync(values.shots, { recursive: true });
  const { url, close } = await serve();
  const browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox'] });
  const problems = [];
  try {
    const wrong = [];
    const page = await openWatched(await browser.newContext(), url, wrong);
    for (const name of names) problems.push(...(await look(page, name, url, { wrong, shots: values.shots })));
    problems.push(...(await search(page, url, wrong)));
  } finally {
    await browser.close();
    close();
  }
  for (const problem of problems) console.error(problem);
  console.log(`test-site: ${names.length} pages, each in ${FORMS.length} forms: ${problems.length} problems`);
  return problems.length;
}

process.exitCode = (await main()) === 0 ? 0 : 1;
