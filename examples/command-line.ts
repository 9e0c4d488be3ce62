/**
 * The command line of the examples: a table of options, `--help` made of it, and one line for what goes wrong.
 *
 *     const { port, graceMs } = commandLine('graceful-shutdown', {
 *       port: portNumber(8030, 'where it listens; 0 for any that is free'),
 *       graceMs: wholeNumber(10_000, 'how long answers under way may take'),
 *     });
 *
 * `--grace-ms 500` gives it, and so does GRACE_MS=500 in the environment. From the call on, what the program throws ends it:
 *
 * | exit code | after |
 * |---|---|
 * | 1 | an error of the system or of a server, such as a port in use: one line. Our own mistakes: with their stack |
 * | 2 | bad arguments: one line |
 * | 130 | Ctrl-C, also in a guest: `runGuest(main, { interrupts: true })` |
 */

import { type ParseArgsConfig, parseArgs } from 'node:util';
import { endWith, requireCommands } from './ending.ts';
import { type ExampleName, gallery } from './gallery.ts';

/** One option of a program. Those below make them. */
export interface Option<Value> {
  /** What stands for its value in the help; `null` for a flag. */
  readonly hint: string | null;
  readonly fallback: Value;
  readonly help: string;
  /** @returns its value; `undefined` for a text that says none, and then `mustBe` says why */
  read(given: string): Value | undefined;
  readonly mustBe: string;
}

type Options = Readonly<Record<string, Option<unknown>>>;

type Values<Table extends Options> = {
  readonly [Name in keyof Table]: Table[Name] extends Option<infer Value> ? Value : never;
};

/** A text of any kind. */
export function anyText(fallback: string, help: string, hint = 'TEXT'): Option<string> {
  return { hint, fallback, help, read: (given) => given, mustBe: 'a text' };
}

/** One of a few words. */
export function oneOf<Word extends string>(
  words: readonly Word[],
  fallback: Word,
  help: string,
): Option<Word> {
  const read = (given: string): Word | undefined => words.find((word) => word === given);
  return { hint: words.join('|'), fallback, help, read, mustBe: `one of ${words.join(', ')}` };
}

/** A number from `least` to `most`; without a point unless `isWhole` is false. */
export function wholeNumber(
  fallback: number,
  help: string,
  { least = 0, most = Number.MAX_SAFE_INTEGER } = {},
): Option<number> {
  const read = (given: string): number | undefined => {
    const value = Number(given);
    return /^\d+$/.test(given) && value >= least && value <= most ? value : undefined;
  };
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  return { hint: 'N', fallback, help, read, mustBe: `a whole number ${range}` };
}

/** A TCP or UDP port. */
export function portNumber(
  fallback: number,
  help = 'where it listens, on 127.0.0.1; 0 for any port that is free',
): Option<number> {
  return { ...wholeNumber(fallback, help, { most: 65_535 }), hint: 'PORT' };
}

/** On or off; off unless it is given. */
export function flag(help: string): Option<boolean> {
  return { hint: null, fallback: false, help, read: (given) => given !== '0', mustBe: '0 or 1' };
}

/**
 * The options of an example, as they were given. Ends the process for `--help`, and for what makes no sense.
 * @param name its name in the gallery, which also says what it shows and needs
 * @param table its options
 * @param rest how the help names further arguments, such as `'COMMAND …'`, in brackets if there need not be any; without it
 *   there may be none
 */
export function commandLine<const Table extends Options>(
  name: ExampleName,
  table: Table,
  rest = '',
): Values<Table> & { readonly rest: readonly string[] } {
  process.on('uncaughtException', (error) => endWith(name, error));
  try {
    const { values, positionals } = parseArgs({ options: parserOptions(table), allowPositionals: true });
    if (values.help === true) {
      process.stdout.write(helpOf(name, table, rest));
      process.exit(0);
    }
    if (rest === '' && positionals.length > 0) throw new TypeError(`Unexpected argument '${positionals[0]}'`);
    if (/^[^[]/.test(rest) && positionals.length === 0) throw new TypeError(`${rest} is missing`);
    const read = Object.entries(table).map(([key, option]) => [key, valueFor(key, option, values)]);
    requireCommands(entryOf(name).needs);
    return { ...(Object.fromEntries(read) as Values<Table>), rest: positionals };
  } catch (error) {
    return refuse(name, error);
  }
}

/** Ends the process for arguments that make no sense. */
function refuse(name: string, error: unknown): never {
  // parseArgs throws TypeErrors; what follows their first sentence is for its own callers.
  if (!(error instanceof TypeError)) throw error;
  process.stderr.write(`${name}: ${error.message.split(/[.;] /, 1)[0]}; --help says more\n`);
  process.exit(2);
}

function parserOptions(table: Options): NonNullable<ParseArgsConfig['options']> {
  const options: NonNullable<ParseArgsConfig['options']> = { help: { type: 'boolean', short: 'h' } };
  for (const [key, { hint }] of Object.entries(table)) {
    options[flagName(key)] = { type: hint === null ? 'boolean' : 'string' };
  }
  return options;
}

/** From the arguments, else from the environment, where an empty text is as good as none; else the default. */
function valueFor(key: string, option: Option<unknown>, values: Readonly<Record<string, unknown>>): unknown {
  const given = values[flagName(key)];
  if (given === true) return true;
  const inEnvironment = flagName(key).toUpperCase().replaceAll('-', '_');
  const words = typeof given === 'string' ? given : process.env[inEnvironment];
  if (words === undefined || words === '') return option.fallback;
  const value = option.read(words);
  if (value !== undefined) return value;
  const named = typeof given === 'string' ? `--${flagName(key)}` : inEnvironment;
  throw new TypeError(`${named} must be ${option.mustBe}, got '${words}'`);
}

function flagName(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function entryOf(name: ExampleName): (typeof gallery)[number] {
  return gallery.find((entry) => entry.name === name) as (typeof gallery)[number];
}

function helpOf(name: ExampleName, table: Options, rest: string): string {
  const { shows, needs } = entryOf(name);
  const rows = Object.entries(table).map(([key, { hint, fallback, help }]): [string, string] => [
    `--${flagName(key)}${hint === null ? '' : ` ${hint}`}`,
    hint === null || fallback === '' ? help : `${help} (${fallback})`,
  ]);
  rows.push(['--help, -h', 'this text']);
  const width = Math.max(...rows.map(([left]) => left.length));
  const lines = [
    `usage: npm run example -- ${[name, '[options]', rest].join(' ').trimEnd()}`,
    '',
    shows.replaceAll('`', ''),
    ...(needs.length > 0 ? [`It needs ${needs.join(', ')}.`] : []),
    '',
    ...rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`),
  ];
  if (rows.length > 1)
    lines.push('', 'Each may be given in the environment instead: --some-option as SOME_OPTION.');
  return `${lines.join('\n')}\n`;
}
