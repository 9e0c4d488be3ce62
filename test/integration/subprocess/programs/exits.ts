/** Ends in the middle of a run, with a child: by process.exit(), or by Ctrl-C, which it waits for. */

import { createSubprocessExec, print, run, runProcess } from 'selectloop';

// Shells crash with the library of a sanitizer.
delete process.env.LD_PRELOAD;

run(function* () {
  const child = yield* createSubprocessExec('sleep', ['60']);
  print(`${child.pid}`);
  if (process.argv[2] === 'exit') process.exit(3);
  // Another one, which does not end when it is asked to.
  yield* runProcess('trap "" TERM INT; echo $$; while :; do sleep 0.05; done', { graceMs: 100 });
});
