/** Programs whose resolver is as slow as their names say: see `slow-resolver.c`. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import { Program } from '../../support/run-program.ts';

function build(): string | null {
  if (process.platform !== 'linux') return null;
  const folder = mkdtempSync(join(tmpdir(), 'selectloop-resolver-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'slow-resolver.so');
  const source = fileURLToPath(new URL('./slow-resolver.c', import.meta.url));
  const { status } = spawnSync('cc', ['-shared', '-fPIC', '-o', path, source, '-ldl'], { stdio: 'ignore' });
  return status === 0 ? path : null;
}

const library = build();

/** Whether there is a C compiler, and a system that knows LD_PRELOAD. */
export const canBeSlow: boolean = library !== null;

/** Starts `programs/<name>.ts` with the slow resolver. */
export function slowProgram(name: string): Program {
  const preload = [process.env.LD_PRELOAD ?? '', library ?? ''].filter((path) => path !== '').join(':');
  return new Program(`test/integration/names/programs/${name}.ts`, { env: { LD_PRELOAD: preload } });
}
