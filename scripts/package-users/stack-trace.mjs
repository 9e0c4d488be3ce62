/**
 * What a user sees of an error of ours where source maps are on: the TypeScript that the package brings
 * along, and in the stack of a suspended task no frame of ours. Run by scripts/check-package.mjs with
 * --enable-source-maps.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTask, run, sleep } from 'selectloop';
import { Socket } from 'selectloop/socket';

const folder = dirname(dirname(fileURLToPath(import.meta.resolve('selectloop'))));

function stackOf(call) {
  try {
    call();
  } catch (error) {
    return error.stack;
  }
  throw new Error('nothing was raised');
}

/** The first frame must name a function of src/, and a line that calls or throws. */
function checkStack(stack) {
  const match = /^ +at (\S+) .*?\/selectloop\/(src\/[^:]+\.ts):(\d+)/m.exec(stack);
  assert(match !== null, `no line of src/ in: ${stack}`);
  const [, name, file, line] = match;
  const source = readFileSync(join(folder, file), 'utf8');
  assert.match(source.split('\n')[line - 1] ?? '', /throw|\(/, `${file}:${line} raises nothing`);
  assert(source.includes(name.split('.').at(-1)), `${name} is not in ${file}`);
  console.log(`a stack trace names ${name} in ${file}:${line}`);
}

checkStack(stackOf(() => run(42)));
checkStack(stackOf(() => new Socket().recv(-1)));

function* sleeper() {
  yield* sleep(60_000);
}

run(function* main() {
  const task = createTask(sleeper());
  yield* sleep(1);
  assert.deepEqual(
    task.getStack().map((frame) => frame.functionName),
    ['sleeper'],
  );
  task.cancel();
});
