/** Ends by process.exit() in the middle of a run, with a child. */

import { createSubprocessExec, print, run } from 'selectloop';

run(function* () {
  const child = yield* createSubprocessExec('sleep', ['60']);
  print(`${child.pid}`);
  process.exit(3);
});
