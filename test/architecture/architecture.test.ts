/**
 * The rules that look at the code as a whole, in one file for vitest: all of this folder. It shares files out
 * among processes, and each would parse a thousand sources for itself: six seconds of processor time.
 */
import { basename } from 'node:path';
import { filesIn } from './tree.ts';

const rules = filesIn('test/architecture', '.ts')
  .map((path) => basename(path, '.ts'))
  .filter((name) => !name.endsWith('.test') && name !== 'tree');
// Vite cannot foresee which, and need not.
for (const name of rules) await import(/* @vite-ignore */ `./${name}.ts`);
