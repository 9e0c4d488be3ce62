/** The arguments of the command `selectloop`. */

import { parseArgs } from 'node:util';
import { CommandError } from './command-error.ts';

export const USAGE = `usage: selectloop COMMAND PID [options]

  ps PID        a table of its tasks: state, where each stands, what it waits for
  pstree PID    the same as a tree, with stacks: which task waits for which
  top PID       what its tasks cost, refreshed; once if the output is a pipe
  stats PID     what its loop has done: passes, lag, tasks, bytes
  trace PID     what it does from now on, for Perfetto: --seconds 5 -o trace.json
  dump PID      everything at once, as JSON
  addon         the path of the native addon, to copy it beside a bundle

  --json             ps, pstree, stats: JSON
  --format FORMAT    pstree: tree, mermaid, dot
  --seconds N        trace: for how long (5); top, stats: between two looks (1)
  --limit N          top: how many tasks (all that fit on the screen, 50 in a pipe)
  --sort KEY         top: cpu, steps, bytes, age, name, state
  --filter TEXT      top: only tasks whose names have it
  -o FILE            trace, dump: where to (trace.json, standard output)

The program must have been started with SELECTLOOP_INSPECT=1, or run with { inspect: true }; or with SELECTLOOP_INSPECT=signal,
to listen only when this command asks it to.`;

const COMMANDS = ['ps', 'pstree', 'top', 'stats', 'trace', 'dump'] as const;
export type CommandName = (typeof COMMANDS)[number];

const SORTS = ['cpu', 'steps', 'bytes', 'age', 'name', 'state'] as const;
const FORMATS = ['tree', 'mermaid', 'dot'] as const;

/** What is to be done. */
export interface Command {
  readonly name: CommandName;
  readonly pid: number;
  readonly json: boolean;
  readonly format: (typeof FORMATS)[number];
  readonly seconds: number | null;
  readonly limit: number | null;
  readonly sort: (typeof SORTS)[number];
  readonly filter: string;
  readonly output: string | null;
}

/** @returns `null` when help is wanted. @throws CommandError for what cannot be understood */
export function parseCommand(argv: readonly string[]): Command | null {
  const { values, positionals } = parse(argv);
  if (values.help === true || positionals.length === 0) return null;
  const [name = '', pidText = '', ...more] = positionals;
  if (more.length > 0)
    throw new CommandError(`selectloop: one command and one PID, not also '${more.join(' ')}'`);
  return {
    name: commandOf(name),
    pid: pidOf(pidText),
    json: values.json === true,
    format: oneOf(FORMATS, values.format ?? 'tree', '--format'),
    seconds: numberOf(values.seconds, '--seconds'),
    limit: numberOf(values.limit, '--limit'),
    sort: oneOf(SORTS, values.sort ?? 'cpu', '--sort'),
    filter: values.filter ?? '',
    output: values.output ?? null,
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        json: { type: 'boolean' },
        format: { type: 'string' },
        seconds: { type: 'string' },
        limit: { type: 'string' },
        sort: { type: 'string' },
        filter: { type: 'string' },
        output: { type: 'string', short: 'o' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    // What follows the first line is advice.
    throw new CommandError(`selectloop: ${(error as Error).message.split('\n', 1)[0]}`);
  }
}

function oneOf<const T extends readonly string[]>(choices: T, text: string, what: string): T[number] {
  if (choices.includes(text)) return text;
  throw new CommandError(`selectloop: ${what} is one of ${choices.join(', ')}; got '${text}'`);
}

function commandOf(text: string): CommandName {
  if (text === 'addon') throw new CommandError('selectloop: addon takes no PID and no options');
  return oneOf(COMMANDS, text, 'the command');
}

function pidOf(text: string): number {
  // Digits only: 1e3 is a number, and no PID that anybody means.
  const pid = /^\d+$/.test(text) ? Number(text) : 0;
  if (Number.isSafeInteger(pid) && pid > 0) return pid;
  throw new CommandError(`selectloop: a PID is needed, got '${text}'`);
}

function numberOf(text: string | undefined, option: string): number | null {
  if (text === undefined) return null;
  const value = Number(text);
  if (text !== '' && Number.isFinite(value) && value >= 0) return value;
  throw new CommandError(`selectloop: ${option} takes a number from 0 up, got '${text}'`);
}
