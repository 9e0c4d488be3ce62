/** A file to send. */
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTeardown } from './releases.ts';

/** The descriptor of a new file, open for reading. Both are gone at the end of the test. */
export function openFileOf(content: Uint8Array): number {
  const folder = mkdtempSync(join(tmpdir(), 'selectloop-'));
  writeFileSync(join(folder, 'file'), content);
  const fd = openSync(join(folder, 'file'), 'r');
  onTeardown(() => {
    closeSync(fd);
    rmSync(folder, { recursive: true });
  });
  return fd;
}
