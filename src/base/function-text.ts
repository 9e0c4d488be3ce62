/**
 * Functions of ours as text, for the programs of workers. A bundler that an application ran over this package
 * may have renamed them, put one that is used once where it is used, and wrapped each in a call that keeps
 * its name.
 */

type AnyFunction = (...args: never[]) => unknown;

/** What a program begins with: declarations, so that the functions can call each other. */
export function declarationsOf(functions: readonly AnyFunction[]): string {
  return [`var ${nameKeeper()} = (named) => named;`, ...functions.map(String)].join('\n');
}

/** What a program ends with. @param args JavaScript */
export function callOf(main: AnyFunction, args: string): string {
  return `(${main})(${args});`;
}

/** JavaScript: an object with these functions, which are declared, under the names that it has here. */
export function namesOf(functions: Readonly<Record<string, AnyFunction>>): string {
  return `{ ${Object.entries(functions)
    .map(([name, call]) => `${name}: ${declaredName(call)}`)
    .join(', ')} }`;
}

/** By this name other functions of the same text call it; `call.name` may be one that a bundler kept. */
function declaredName(call: AnyFunction): string {
  return (
    /^(?:async\s+)?function\s*\*?\s*([\p{ID_Start}$_][\p{ID_Continue}$]*)/u.exec(`${call}`)?.[1] ?? call.name
  );
}

/** esbuild's helper that wraps functions with `--keep-names`. Minified, it has another name each time. */
function nameKeeper(): string {
  const probe = (): unknown => {
    const kept = (): number => 0;
    return kept;
  };
  return /([\p{ID_Start}$_][\p{ID_Continue}$]*)\(\(\)\s*=>\s*0/u.exec(`${probe}`)?.[1] ?? '__name';
}
