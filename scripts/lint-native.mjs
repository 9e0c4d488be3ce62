/**
 * Checks the formatting of native/ with clang-format 19, or repairs it with --write. The tool is optional:
 * without it, this says so and passes. Another version would format differently, so only this one counts.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAJOR = 19;
const root = dirname(dirname(fileURLToPath(import.meta.url)));

function findClangFormat() {
  return [`clang-format-${MAJOR}`, 'clang-format'].find((name) => {
    const { stdout } = spawnSync(name, ['--version'], { encoding: 'utf8' });
    return stdout?.includes(`version ${MAJOR}.`);
  });
}

const tool = findClangFormat();
if (tool === undefined) {
  console.log(
    `native/ not checked: clang-format ${MAJOR} is not installed (Debian: apt-get install clang-format-${MAJOR})`,
  );
} else {
  const files = readdirSync(join(root, 'native'), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(cc|h)$/.test(name))
    .map((name) => join('native', name));
  const mode = process.argv.includes('--write') ? ['-i'] : ['--dry-run', '-Werror'];
  const checked = spawnSync(tool, [...mode, ...files], { cwd: root, stdio: 'inherit' });
  if (checked.status === 0)
    console.log(`native/: ${files.length} files, formatted as clang-format ${MAJOR} does`);
  process.exitCode = checked.status ?? 1;
}
