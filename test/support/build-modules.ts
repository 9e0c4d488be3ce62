/**
 * Compiles the modules of `src/`, one by one: importing them as TypeScript costs a process of the suite a
 * second of processor time, plain JavaScript a sixth of that, and it runs faster. Every module stays one, so
 * what a test imports by itself and what it gets from 'selectloop' is the same.
 */
import { existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import type { Plugin } from 'vitest/config';

const root = fileURLToPath(new URL('../../', import.meta.url));
const sources = join(root, 'src');

/** A checkout in the folder of a run: `src/` as it was compiled, and the addon. */
const MODULES = 'modules';

/** Tells vitest to have Node itself import them. */
export const compiledModules = /\/build-programs\/\d+\/modules\//;

/**
 * Compiles all of `src/`, in the folder of a run.
 * @returns the name of each module, `base/errors` for `src/base/errors.ts`, and what it exports
 */
export async function buildModules(folder: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const names = readdirSync(sources, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => name.slice(0, -'.ts'.length));
  const bundler = await rolldown({
    cwd: root,
    input: Object.fromEntries(names.map((name) => [name, join(sources, `${name}.ts`)])),
    // Packages stay outside, but the helpers of the compiler itself.
    external: /^(?!@oxc-project\/)[@a-z]/,
    platform: 'node',
    tsconfig: join(root, 'tsconfig.json'),
    transform: { target: 'es2023' },
    treeshake: false,
  });
  const checkout = join(folder, MODULES);
  mkdirSync(checkout, { recursive: true });
  if (!existsSync(join(checkout, 'build'))) symlinkSync(join(root, 'build'), join(checkout, 'build'));
  try {
    const { output } = await bundler.write({
      dir: join(checkout, 'src'),
      format: 'esm',
      sourcemap: true,
      preserveModules: true,
      preserveModulesRoot: sources,
      entryFileNames: '[name].js',
      minify: false,
    });
    const chunks = output.filter((file) => file.type === 'chunk');
    return new Map(names.map((name) => [name, chunks.find((chunk) => chunk.name === name)?.exports ?? []]));
  } finally {
    await bundler.close();
  }
}

/** Has tests get the compiled module wherever they import one of `src/`. */
export function compiledModulesPlugin(): Plugin {
  return {
    name: 'compiled-modules',
    enforce: 'pre',
    async resolveId(source, importer) {
      const resolved = await this.resolve(source, importer, { skipSelf: true });
      const folder = process.env.SELECTLOOP_TEST_PROGRAMS;
      if (folder === undefined || resolved?.id.startsWith(sources + sep) !== true) return null;
      return join(folder, MODULES, 'src', relative(sources, resolved.id).replace(/\.ts$/, '.js'));
    },
  };
}
