/** A real browser without a window: Chromium, where it is installed. */
import { spawnSync } from 'node:child_process';
import puppeteer, { type Browser } from 'puppeteer-core';
import { onTeardown } from '../../support/teardown.ts';

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

function findChromium(): string | null {
  for (const name of names) {
    const { stdout, status } = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' });
    if (status === 0) return stdout.trim();
  }
  return null;
}

export const chromium: string | null = findChromium();
export const withoutChromium = 'chromium is not installed';

/** Starts one, which ends with the test. */
export async function startBrowser(): Promise<Browser> {
  if (chromium === null) throw new Error(withoutChromium);
  // Its sandbox does not work for root, nor in most containers; it sees our own pages alone.
  const args = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'];
  const browser = await puppeteer.launch({ executablePath: chromium, headless: true, args });
  onTeardown(() => browser.close());
  return browser;
}
