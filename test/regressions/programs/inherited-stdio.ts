/**
 * Starts one child with standard descriptors of its own, as its argument says, and ends with the child's exit
 * code.
 */

import { closeSync } from 'node:fs';
import {
  type Coroutine,
  createSubprocessExec,
  DEVNULL,
  type ProcessOptions,
  run,
  runProcess,
  STDOUT,
} from '../../../src/index.ts';

const command = ['sh', '-c', 'read line; echo "out $line"; echo "err $line" >&2; exit 7'] as const;

function* exitCodeWith(options: ProcessOptions): Coroutine<number | null> {
  const child = yield* createSubprocessExec(command[0], command.slice(1), options);
  return yield* child.wait();
}

const cases: Readonly<Record<string, () => Coroutine<number | null>>> = {
  'by default': () => exitCodeWith({}),
  'without stdin': () => exitCodeWith({ stdin: DEVNULL }),
  'stderr with stdout': () => exitCodeWith({ stderr: STDOUT }),
  'stdout alone': () => exitCodeWith({ stderr: DEVNULL }),
  // A child with a user of its own is started by fork instead of vfork.
  'by fork': () => exitCodeWith({ uid: process.getuid?.() as number }),
  'of runProcess': function* () {
    return (yield* runProcess(command, { check: false })).returncode;
  },
  'closed stdin': () => {
    closeSync(0);
    return exitCodeWith({});
  },
};

const chosen = cases[process.argv[2] as string];
if (chosen === undefined) throw new Error(`no such case: ${process.argv[2]}`);
process.exitCode = run(chosen) ?? -1;
