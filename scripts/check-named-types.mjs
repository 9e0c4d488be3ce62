/**
 * Can every type that the package gives out be named by its users? A library that exports a function without
 * annotating it has the compiler write the type down, which fails for a type that no entry exports. So this
 * exports a use of every function, and of every public member of every class.
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The compiler's numbers for a type that cannot be named: TS2742, TS2883, and TS4020 and on. */
const UNNAMED = /error TS(?:2742|2883|4\d{3}):/;

/** The text of a module that uses everything that `entry` exports. */
export async function usesOf(folder, entry) {
  const resolved = createRequire(join(folder, 'package.json')).resolve(entry);
  const names = Object.entries(await import(pathToFileURL(resolved).href));
  const functions = names.filter(([, value]) => typeof value === 'function');
  const uses = functions.flatMap(([name, value]) =>
    isClass(value)
      ? [...membersOf(value)].map((member) => memberUse(name, value, member))
      : [functionUse(name)],
  );
  return [`import * as all from '${entry}';`, ...uses].join('\n');
}

/** What the compiler cannot name, a line each. Members that are not public are errors of other kinds. */
export function unnamedTypes(tsc, folder) {
  const { stdout } = spawnSync(tsc, ['-p', '.', '--pretty', 'false'], { cwd: folder, encoding: 'utf8' });
  return stdout.split('\n').filter((line) => UNNAMED.test(line));
}

function isClass(value) {
  return Function.prototype.toString.call(value).startsWith('class');
}

function* membersOf(value) {
  const seen = new Set(['constructor']);
  for (
    let each = value.prototype;
    each !== null && each !== Object.prototype;
    each = Object.getPrototypeOf(each)
  ) {
    for (const name of Object.getOwnPropertyNames(each)) {
      if (seen.has(name) || !/^[a-z]\w*$/i.test(name)) continue;
      seen.add(name);
      yield name;
    }
  }
}

function functionUse(name) {
  return `export const f_${name} = (...args: Parameters<typeof all.${name}>) => all.${name}(...args);`;
}

function memberUse(name, value, member) {
  const self = `self: InstanceType<typeof all.${name}>`;
  if (isGetter(value.prototype, member))
    return `export const m_${name}_${member} = (${self}) => self.${member};`;
  const parameters = `Parameters<InstanceType<typeof all.${name}>['${member}']>`;
  return `export const m_${name}_${member} = (${self}, ...args: ${parameters}) => self.${member}(...args);`;
}

function isGetter(prototype, member) {
  for (let each = prototype; each !== null; each = Object.getPrototypeOf(each)) {
    const descriptor = Object.getOwnPropertyDescriptor(each, member);
    if (descriptor !== undefined)
      return descriptor.get !== undefined || typeof descriptor.value !== 'function';
  }
  return true;
}
