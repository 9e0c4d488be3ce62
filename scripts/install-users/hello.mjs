/** The first program of a user. Run by scripts/test-install.mjs. */
import { run, sleep } from 'selectloop';

const answer = run(function* main() {
  yield* sleep(1);
  return 'hello';
});
console.log(answer);
