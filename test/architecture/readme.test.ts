/** The program in README.md is the first that anybody tries: it runs as it stands there. */

import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join, relative } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { root, startProgram } from '../support/run-program.ts';
import { onTeardown } from '../support/teardown.ts';
import { readText } from './tree.ts';

test('the first program of README.md greets its clients', async () => {
  const program = /```ts\n(.*?)```/s.exec(readText('README.md'))?.[1] ?? '';
  expect(program).toContain('8000');
  const port = await freePort();
  const folder = mkdtempSync(join(root, 'build-readme-'));
  onTeardown(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'program.ts');
  writeFileSync(path, program.replaceAll('8000', String(port)));

  const running = startProgram(relative(root, path), { throughTsx: 'program' });
  expect(await greetingFrom(port, () => running.stderr)).toBe('hello\n');
  expect(await greetingFrom(port, () => running.stderr)).toBe('hello\n');
}, 120_000);

/** All that the server sends before it closes, once it listens. */
async function greetingFrom(port: number, explanation: () => string): Promise<string> {
  const deadlineMs = Date.now() + 60_000;
  while (Date.now() < deadlineMs) {
    const client = connect(port, '127.0.0.1');
    try {
      await once(client, 'connect');
      return await text(client);
    } catch {
      await delay(50);
    }
  }
  throw new Error(`nobody listens on port ${port}\n${explanation()}`);
}
