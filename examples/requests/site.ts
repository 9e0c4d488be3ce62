/** A local site to make requests to, so that the examples need no network: `site-server.ts`, as a process of its own. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Starts it. It ends with this process. @returns where it is, such as `http://127.0.0.1:40123` */
export async function startSite(): Promise<string> {
  const path = fileURLToPath(new URL('./site-server.ts', import.meta.url));
  const site = spawn(process.execPath, [...process.execArgv, path, '--port', '0', '--until-end-of-input'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  // Before run(), which would block the loop that this event comes from.
  const [line] = (await once(site.stdout, 'data')) as [Buffer];
  site.unref();
  // Its stdin ends with us, whatever ends us.
  for (const stream of [site.stdin, site.stdout]) (stream as unknown as { unref(): void }).unref();
  return `http://127.0.0.1:${/\d+/.exec(String(line))?.[0]}`;
}
